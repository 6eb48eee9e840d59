import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import { updateUser } from "../../api/session";
import type {
  OrganizationCreate,
  PasswordChange,
  ProfileUpdate,
  TeamCreate,
  TokenCreate,
  UserCreate,
  UserUpdate,
} from "../../api/types";
import { chooseLanguage } from "../../i18n";
import { toastError } from "../../ui/toast";

/** A mutation that refreshes the lists it touches. */
function useChange<V, R>(
  run: (value: V) => Promise<R>,
  keys: QueryKey[],
  failure?: string,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onError: (error) => {
      if (failure) toastError(failure, error);
    },
    onSettled: () =>
      Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export const useCreateUser = () =>
  useChange(
    (body: UserCreate) => unwrap(api.POST("/api/v1/users", { body })),
    [["users"]],
  );

export const useUpdateUser = (failure?: string) =>
  useChange(
    ({ id, version, body }: { id: string; version: number; body: UserUpdate }) =>
      unwrap(
        api.PATCH("/api/v1/users/{user_id}", {
          params: { path: { user_id: id } },
          headers: { "If-Match": `"${version}"` },
          body,
        }),
      ),
    [["users"], ["teams"]],
    failure,
  );

export const useDeleteUser = () =>
  useChange(
    (id: string) =>
      done(
        api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: id } } }),
      ),
    [["users"], ["teams"]],
    "The user was not deleted",
  );

export const useSaveTeam = () =>
  useChange(
    ({ id, version, body }: { id?: string; version?: number; body: TeamCreate }) =>
      id === undefined
        ? unwrap(api.POST("/api/v1/teams", { body }))
        : unwrap(
            api.PATCH("/api/v1/teams/{team_id}", {
              params: { path: { team_id: id } },
              headers: { "If-Match": `"${version}"` },
              body,
            }),
          ),
    [["teams"]],
  );

export const useDeleteTeam = () =>
  useChange(
    (id: string) =>
      done(
        api.DELETE("/api/v1/teams/{team_id}", { params: { path: { team_id: id } } }),
      ),
    [["teams"]],
    "The team was not deleted",
  );

export const useSaveOrganization = () =>
  useChange(
    ({ id, version, body }: SavedOrganization) =>
      id === undefined
        ? unwrap(api.POST("/api/v1/organizations", { body }))
        : unwrap(
            api.PATCH("/api/v1/organizations/{organization_id}", {
              params: { path: { organization_id: id } },
              headers: { "If-Match": `"${version}"` },
              body,
            }),
          ),
    [["organizations"], ["users"], ["incident"]],
  );

type SavedOrganization = { id?: string; version?: number; body: OrganizationCreate };

export const useDeleteOrganization = () =>
  useChange(
    (id: string) =>
      done(
        api.DELETE("/api/v1/organizations/{organization_id}", {
          params: { path: { organization_id: id } },
        }),
      ),
    [["organizations"], ["users"], ["incident"]],
    "The organization was not deleted",
  );

export const useCreateToken = () =>
  useChange(
    (body: TokenCreate) => unwrap(api.POST("/api/v1/tokens", { body })),
    [["tokens"]],
  );

export const useRevokeToken = () =>
  useChange(
    (id: string) =>
      done(
        api.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: id } } }),
      ),
    [["tokens"]],
    "The token was not revoked",
  );

export const useUpdateProfile = () => {
  const change = useChange(async (body: ProfileUpdate) => {
    const user = await unwrap(api.PATCH("/api/v1/auth/me", { body }));
    updateUser(user);
    chooseLanguage(user.language);
    return user;
  }, []);
  return change;
};

export const useChangePassword = () =>
  useChange(
    (body: PasswordChange) => done(api.POST("/api/v1/auth/password", { body })),
    [],
  );
