import { infiniteQueryOptions, keepPreviousData } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import { toApiError } from "../../api/errors";
import type { paths } from "../../api/schema";

type Query = NonNullable<
  paths["/api/v1/audit-events/export"]["get"]["parameters"]["query"]
>;

export type AuditFilters = {
  [Name in keyof Query]?: NonNullable<Query[Name]>;
};

export const auditQuery = (filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ["audit-events", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/audit-events", {
          params: { query: { ...filters, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // Others act while somebody reads.
    staleTime: 0,
  });

/** The events as a file for a spreadsheet. */
export async function exportEvents(filters: AuditFilters): Promise<Blob> {
  const { data, error, response } = await api.GET("/api/v1/audit-events/export", {
    params: { query: filters },
    parseAs: "blob",
  });
  if (!data) throw toApiError(response, error);
  return data;
}
