import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Delivery, PreferencesUpdate } from "../../api/types";
import { toastError } from "../../ui/toast";

export type DeliveryFilters = {
  status?: Delivery["status"];
  /** The digest in which they went. */
  bundle_id?: string;
  q?: string;
};

export const deliveriesQuery = (filters: DeliveryFilters) =>
  infiniteQueryOptions({
    queryKey: ["deliveries", filters],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/deliveries", {
          params: { query: { ...filters, limit: 50, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    // No live event tells of mails: look often while one is under way.
    refetchInterval: ({ state }) =>
      state.data?.pages.some((p) => p.items.some((d) => d.status === "pending"))
        ? 2_000
        : 15_000,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ["delivery", id],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/deliveries/{delivery_id}", {
          params: { path: { delivery_id: id } },
          signal,
        }),
      ),
  });

export function useRetryDelivery() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      unwrap(
        api.POST("/api/v1/deliveries/{delivery_id}/retry", {
          params: { path: { delivery_id: id } },
        }),
      ),
    onError: (error) => toastError("The mail was not queued again", error),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["deliveries"] });
      void client.invalidateQueries({ queryKey: ["delivery"] });
    },
  });
}

export const preferencesQuery = queryOptions({
  queryKey: ["notification-preferences"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/notifications/preferences", { signal })),
});

export function useReplacePreferences() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PreferencesUpdate) =>
      unwrap(api.PUT("/api/v1/notifications/preferences", { body })),
    onSuccess: (preferences) =>
      client.setQueryData(preferencesQuery.queryKey, preferences),
  });
}
