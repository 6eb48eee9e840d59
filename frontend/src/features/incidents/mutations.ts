import {
  type InfiniteData,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import { ApiError } from "../../api/errors";
import type {
  Incident,
  IncidentCreate,
  IncidentDetail,
  IncidentUpdate,
  Page,
} from "../../api/types";
import { toastError } from "../../ui/toast";
import { refreshIncident } from "../sla/queries";
import { incidentQuery } from "./queries";
import { type Base, type Shown, StaleEdit, sendUpdate } from "./update";

const path = (number: string) => ({ path: { reference: number } });

export function useCreateIncident() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: IncidentCreate }) =>
      unwrap(
        api.POST("/api/v1/incidents", {
          headers: { "Idempotency-Key": key },
          body,
        }),
      ),
    onSuccess: (incident) => {
      client.setQueryData(incidentQuery(incident.number).queryKey, incident);
      refreshIncident(client, incident.number);
    },
  });
}

type Update = {
  patch: IncidentUpdate;
  /** What the page shows until the server has answered. */
  shown: Shown;
  /** What the change is based on: where somebody else changed the same, it is refused. */
  base?: Base;
  /** What failed, for the toast; without it the caller shows the error. */
  failure?: string;
};

type Lists = InfiniteData<Page<Incident>>;

function patchLists(client: QueryClient, number: string, shown: Shown): void {
  client.setQueriesData<Lists>({ queryKey: ["incidents"] }, (data) =>
    // Groups and what the palette found are under the same key.
    data && "pages" in data
      ? {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            items: page.items.map((i) =>
              i.number === number ? { ...i, ...shown } : i,
            ),
          })),
        }
      : data,
  );
}

/** Changes an incident; it shows at once and rolls back when the server says no. */
export function useUpdateIncident(number: string) {
  const client = useQueryClient();
  const key = incidentQuery(number).queryKey;
  return useMutation({
    // One after the other: each is based on the one before.
    scope: { id: `incident ${number}` },
    mutationFn: ({ patch, shown, base }: Update) =>
      sendUpdate(number, patch, shown, base),
    onMutate: async ({ shown }) => {
      await client.cancelQueries({ queryKey: key });
      await client.cancelQueries({ queryKey: ["incidents"] });
      const before = client.getQueryData(key);
      const lists = client.getQueriesData<Lists>({ queryKey: ["incidents"] });
      if (before) client.setQueryData(key, { ...before, ...shown });
      patchLists(client, number, shown);
      return { before, lists };
    },
    onError: (error, { failure }, context) => {
      if (error instanceof StaleEdit) client.setQueryData(key, error.theirs);
      else if (context?.before) client.setQueryData(key, context.before);
      for (const [listKey, data] of context?.lists ?? [])
        client.setQueryData(listKey, data);
      if (failure) toastError(failure, error);
    },
    onSuccess: (incident) => client.setQueryData(key, incident),
    onSettled: () => refreshIncident(client, number),
  });
}

export type Transition =
  | { action: "acknowledge" | "close" | "restore" }
  | { action: "resolve"; comment?: string; fields?: IncidentUpdate["fields"] }
  | { action: "reopen"; reason?: string };

function sendTransition(number: string, step: Transition): Promise<IncidentDetail> {
  const params = path(number);
  switch (step.action) {
    case "acknowledge":
      return unwrap(api.POST("/api/v1/incidents/{reference}/acknowledge", { params }));
    case "close":
      return unwrap(api.POST("/api/v1/incidents/{reference}/close", { params }));
    case "restore":
      return unwrap(api.POST("/api/v1/incidents/{reference}/restore", { params }));
    case "resolve":
      return unwrap(
        api.POST("/api/v1/incidents/{reference}/resolve", {
          params,
          body: { comment: step.comment || null, fields: step.fields ?? {} },
        }),
      );
    case "reopen":
      return unwrap(
        api.POST("/api/v1/incidents/{reference}/reopen", {
          params,
          body: { reason: step.reason || null },
        }),
      );
  }
}

/** Of the steps that no dialog asks for; a dialog shows its error itself. */
const FAILURES: Partial<Record<Transition["action"], string>> = {
  acknowledge: "Not acknowledged",
  close: "Not closed",
  restore: "Not restored",
};

export function useTransition(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (step: Transition) => sendTransition(number, step),
    onSuccess: (incident) =>
      client.setQueryData(incidentQuery(number).queryKey, incident),
    onError: (error, { action }) => {
      const failure = FAILURES[action];
      if (failure) toastError(failure, error);
    },
    onSettled: () => refreshIncident(client, number),
  });
}

/** The caller may be gone when `onDeleted` is called. */
export function useDeleteIncident(number: string, onDeleted: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      done(api.DELETE("/api/v1/incidents/{reference}", { params: path(number) })),
    onError: (error) => toastError("Not deleted", error),
    onSuccess: () => {
      onDeleted();
      void client.invalidateQueries({ queryKey: ["incidents"] });
      void client.invalidateQueries({ queryKey: ["incident-counts"] });
    },
  });
}

export function useAddComment(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, content, is_internal }: NewComment) =>
      unwrap(
        api.POST("/api/v1/incidents/{reference}/comments", {
          params: path(number),
          headers: { "Idempotency-Key": key },
          body: { content, is_internal },
        }),
      ),
    onError: (error) => toastError("The comment was not sent", error),
    onSettled: () => refreshIncident(client, number),
  });
}

type NewComment = { key: string; content: string; is_internal: boolean };

export function useEditComment(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, content }: EditedComment) =>
      unwrap(
        api.PATCH("/api/v1/comments/{comment_id}", {
          params: { path: { comment_id: id } },
          headers: { "If-Match": `"${version}"` },
          body: { content },
        }),
      ),
    onError: (error) => {
      if (!isStale(error)) toastError("The comment was not changed", error);
    },
    onSettled: () =>
      client.invalidateQueries({ queryKey: ["incident", number, "timeline"] }),
  });
}

/** Somebody changed it meanwhile; the editor lets the person choose. */
export const isStale = (error: unknown) =>
  error instanceof ApiError && error.has("stale_version");

type EditedComment = { id: string; version: number; content: string };

export function useDeleteComment(number: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/comments/{comment_id}", {
          params: { path: { comment_id: id } },
        }),
      ),
    onError: (error) => toastError("The comment was not deleted", error),
    onSettled: () =>
      client.invalidateQueries({ queryKey: ["incident", number, "timeline"] }),
  });
}
