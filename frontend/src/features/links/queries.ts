import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { LinkKind, UserRef, Watcher } from "../../api/types";
import { toastError } from "../../ui/toast";
import { incidentQuery } from "../incidents/queries";
import { refreshIncident } from "../sla/queries";

const path = (reference: string) => ({ path: { reference } });

export const linksQuery = (number: string) =>
  queryOptions({
    queryKey: ["incident", number, "links"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/incidents/{reference}/links", {
          params: { ...path(number), query: { limit: 100 } },
          signal,
        }),
      ),
  });

export const watchersQuery = (number: string) =>
  queryOptions({
    queryKey: ["incident", number, "watchers"],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/v1/incidents/{reference}/watchers", {
            params: path(number),
            signal,
          }),
        )
      ).items,
  });

export type NewLink = { kind: LinkKind; to: string };

export function useAddLink(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewLink) =>
      unwrap(
        api.POST("/api/v1/incidents/{reference}/links", {
          params: path(number),
          body,
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident"] }),
  });
}

export function useRemoveLink() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/links/{link_id}", { params: { path: { link_id: id } } }),
      ),
    onError: (error) => toastError(t`The link was not removed`, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["incident"] }),
  });
}

export function useMerge(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (into: string) =>
      unwrap(
        api.POST("/api/v1/incidents/{reference}/merge", {
          params: path(number),
          body: { into },
        }),
      ),
    onSuccess: (incident) =>
      client.setQueryData(incidentQuery(number).queryKey, incident),
    onSettled: (_incident, _error, into) => {
      refreshIncident(client, number);
      refreshIncident(client, into);
    },
  });
}

type Watch = { user: UserRef; on: boolean; me: boolean };

/** Lets somebody watch, or no more; it shows at once. */
export function useWatch(number: string) {
  const client = useQueryClient();
  const key = watchersQuery(number).queryKey;
  return useMutation({
    mutationFn: ({ user, on, me }: Watch) => sendWatch(number, user.id, on, me),
    onMutate: async ({ user, on }) => {
      await client.cancelQueries({ queryKey: key });
      const before = client.getQueryData(key);
      if (before) client.setQueryData(key, watched(before, user, on));
      return { before };
    },
    onError: (error, { on }, context) => {
      if (context?.before) client.setQueryData(key, context.before);
      toastError(on ? t`Not watched` : t`Still watched`, error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", number] }),
  });
}

function watched(before: Watcher[], user: UserRef, on: boolean): Watcher[] {
  const others = before.filter((watcher) => watcher.user.id !== user.id);
  return on ? [...others, { user, since: new Date().toISOString() }] : others;
}

function sendWatch(number: string, id: string, on: boolean, me: boolean) {
  if (me) {
    const params = path(number);
    return done(
      on
        ? api.PUT("/api/v1/incidents/{reference}/watchers/me", { params })
        : api.DELETE("/api/v1/incidents/{reference}/watchers/me", { params }),
    );
  }
  const params = { path: { reference: number, user_id: id } };
  return done(
    on
      ? api.PUT("/api/v1/incidents/{reference}/watchers/{user_id}", { params })
      : api.DELETE("/api/v1/incidents/{reference}/watchers/{user_id}", { params }),
  );
}
