import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";

/** Shared views, then one's own, each in their order. */
export const viewsQuery = queryOptions({
  queryKey: ["views"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/views", { signal }))).items,
  staleTime: 30_000,
  // What colleagues share comes without an event.
  refetchInterval: 60_000,
});

/** How many incidents each view holds; live events make it stale, now and then. */
export const viewCountsQuery = queryOptions({
  queryKey: ["incident-counts", "views"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/views/counts", { signal })),
  staleTime: 30_000,
  refetchInterval: 60_000,
});
