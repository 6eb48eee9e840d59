import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Calendar } from "../../api/types";

export const slaQuery = (incidentId: string) =>
  queryOptions({
    queryKey: ["incident", incidentId, "sla"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/incidents/{reference}/sla", {
          params: { path: { reference: incidentId } },
          signal,
        }),
      ),
    refetchInterval: 60_000,
  });

export const explainQuery = (incidentId: string, slaId: string) =>
  queryOptions({
    queryKey: ["incident", incidentId, "explain", slaId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/slas/{sla_id}/explain", {
          params: { path: { sla_id: slaId } },
          signal,
        }),
      ),
    refetchInterval: 60_000,
  });

export const pauseReasonsQuery = queryOptions({
  queryKey: ["pause-reasons"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/pause-reasons", { signal }))).items,
  staleTime: 10 * 60_000,
});

export const policiesQuery = queryOptions({
  queryKey: ["sla-policies"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/sla-policies", { signal }))).items,
  staleTime: 5 * 60_000,
});

export const calendarQuery = (id: string) =>
  queryOptions({
    queryKey: ["calendar", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/calendars/{calendar_id}", {
          params: { path: { calendar_id: id } },
          signal,
        }),
        // The client's types forget that hours are pairs.
      ) as Promise<Calendar>,
    staleTime: 5 * 60_000,
  });

type Pause = { slaId: string; reason: string; note?: string };
type Resume = { slaId: string; reason?: string };

export function usePauseClock(incidentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ slaId, reason, note }: Pause) =>
      unwrap(
        api.PATCH("/api/v1/slas/{sla_id}/pause", {
          params: { path: { sla_id: slaId } },
          body: { reason, note: note || null },
        }),
      ),
    onSuccess: (sla) => client.setQueryData(slaQuery(incidentId).queryKey, sla),
    onSettled: () => refreshIncident(client, incidentId),
  });
}

export function useResumeClock(incidentId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ slaId, reason }: Resume) =>
      unwrap(
        api.PATCH("/api/v1/slas/{sla_id}/resume", {
          params: { path: { sla_id: slaId } },
          body: { reason: reason ?? null },
        }),
      ),
    onSuccess: (sla) => client.setQueryData(slaQuery(incidentId).queryKey, sla),
    onSettled: () => refreshIncident(client, incidentId),
  });
}

/** Everything about one incident, and the lists and counts it stands in. */
export function refreshIncident(
  client: ReturnType<typeof useQueryClient>,
  incidentId: string,
): void {
  void client.invalidateQueries({ queryKey: ["incident", incidentId] });
  void client.invalidateQueries({ queryKey: ["incidents"] });
  void client.invalidateQueries({ queryKey: ["incident-counts"] });
}
