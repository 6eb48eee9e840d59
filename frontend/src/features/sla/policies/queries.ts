import { t } from "@lingui/core/macro";
import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, unwrap } from "../../../api/client";
import type { Backtest, Policy, PolicyDraft } from "../../../api/types";
import { organizationsQuery, teamsQuery, usersQuery } from "../../accounts/queries";
import { refreshLists, refreshPromises } from "../calendars/queries";
import { pauseReasonsQuery, policiesQuery } from "../queries";
import type { Names } from "./words";

const LIMIT = 100;
/** How often a run is asked how far it is. */
const POLL_MS = 1000;

export const policyQuery = (id: string) =>
  queryOptions({
    queryKey: ["sla-policy", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/sla-policies/{policy_id}", {
          params: { path: { policy_id: id } },
          signal,
        }),
      ),
  });

export const policyVersionsQuery = (id: string) =>
  queryOptions({
    queryKey: ["sla-policy", id, "versions"],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/v1/sla-policies/{policy_id}/versions", {
            params: { path: { policy_id: id }, query: { limit: LIMIT } },
            signal,
          }),
        )
      ).items,
  });

export const policyRunsQuery = (id: string) =>
  queryOptions({
    queryKey: ["sla-policy", id, "runs"],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/v1/sla-policies/{policy_id}/runs", {
            params: { path: { policy_id: id } },
            signal,
          }),
        )
      ).items,
    refetchInterval: ({ state }) =>
      state.data?.some((run) => run.finished_at === null) ? POLL_MS : false,
  });

/** Names of what conditions and escalations refer to. */
export function useNames(): Names {
  const { data: teams } = useQuery(teamsQuery);
  const { data: organizations } = useQuery(organizationsQuery());
  const { data: users } = useQuery(usersQuery());
  const { data: reasons } = useQuery(pauseReasonsQuery);
  const of = (known: { id: string; name: string }[] | undefined, id: string) =>
    known?.find((one) => one.id === id)?.name;
  return {
    team: (id) => of(teams, id) ?? t`a team`,
    organization: (id) => of(organizations?.items, id) ?? t`a customer`,
    user: (id) => of(users?.items, id) ?? t`a person`,
    reason: (code) =>
      reasons?.find((reason) => reason.code === code)?.label ??
      code.replaceAll("_", " "),
  };
}

type Saved = {
  policy: Policy | null;
  name: string;
  draft: PolicyDraft;
  note: string;
};

export function useSavePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ policy, name, draft, note }: Saved) => {
      const body = { name: name.trim(), ...draft, note: note.trim() || null };
      return policy === null
        ? unwrap(api.POST("/api/v1/sla-policies", { body }))
        : unwrap(
            api.PATCH("/api/v1/sla-policies/{policy_id}", {
              params: { path: { policy_id: policy.id } },
              headers: { "If-Match": `"${policy.version}"` },
              body,
            }),
          );
    },
    onSettled: () => refreshPromises(client),
  });
}

export function useDeletePolicy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/sla-policies/{policy_id}", {
          params: { path: { policy_id: id } },
        }),
      ),
    onSettled: () => refreshLists(client),
  });
}

/** The list stands in its new order at once, and goes back when it may not be so. */
export function useOrderPolicies() {
  const client = useQueryClient();
  const { queryKey } = policiesQuery;
  return useMutation({
    mutationFn: (policies: Policy[]) =>
      unwrap(
        api.POST("/api/v1/sla-policies/order", {
          body: { ids: policies.filter((p) => !p.is_default).map((p) => p.id) },
        }),
      ),
    onMutate: async (policies) => {
      await client.cancelQueries({ queryKey });
      client.setQueryData(queryKey, policies);
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}

type Trial = { id: string; body: Backtest; signal: AbortSignal };

export const useBacktest = () =>
  useMutation({
    mutationFn: ({ id, body, signal }: Trial) =>
      unwrap(
        api.POST("/api/v1/sla-policies/{policy_id}/backtest", {
          params: { path: { policy_id: id } },
          body,
          signal,
        }),
      ),
  });

export type ApplyMode = "retarget" | "restart";

/** What giving the newest version to open incidents would change. */
export const applyPreviewQuery = (id: string, version: number, mode: ApplyMode) =>
  queryOptions({
    queryKey: ["sla-policy", id, "apply", version, mode],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/v1/sla-policies/{policy_id}/apply", {
          params: { path: { policy_id: id } },
          body: { mode, dry_run: true },
          signal,
        }),
      ),
    staleTime: 0,
    retry: false,
  });

export function useApplyPolicy(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mode: ApplyMode) =>
      unwrap(
        api.POST("/api/v1/sla-policies/{policy_id}/apply", {
          params: { path: { policy_id: id } },
          body: { mode, dry_run: false },
        }),
      ),
    onSettled: () =>
      client.invalidateQueries({ queryKey: policyRunsQuery(id).queryKey }),
  });
}
