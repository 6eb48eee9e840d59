import { t } from "@lingui/core/macro";
import {
  type InfiniteData,
  infiniteQueryOptions,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { InboxItem, Page } from "../../api/types";
import { toastError } from "../../ui/toast";

export const inboxQuery = (unread: boolean) =>
  infiniteQueryOptions({
    queryKey: ["inbox", "list", unread],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/notifications", {
          params: { query: { limit: 30, unread, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export const unreadQuery = queryOptions({
  queryKey: ["inbox", "unread"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/notifications/unread-count", { signal }))).count,
});

/** What `useRead` is told when all of it was read. */
export const ALL = "all";

/** Marks one or all as read: at once on screen, taken back when it fails. */
export function useRead() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      id === ALL
        ? unwrap(api.POST("/api/v1/notifications/read-all"))
        : unwrap(
            api.POST("/api/v1/notifications/{notification_id}/read", {
              params: { path: { notification_id: id } },
            }),
          ),
    onMutate: async (id) => {
      await client.cancelQueries({ queryKey: ["inbox"] });
      const now = new Date().toISOString();
      client.setQueriesData<InfiniteData<Page<InboxItem>>>(
        { queryKey: ["inbox", "list"] },
        (data) => data && markRead(data, id, now),
      );
      client.setQueryData(unreadQuery.queryKey, (count) =>
        count === undefined || id === ALL ? 0 : Math.max(0, count - 1),
      );
    },
    onError: (error) => toastError(t`Not marked as read`, error),
    onSettled: () => client.invalidateQueries({ queryKey: ["inbox"] }),
  });
}

function markRead(data: InfiniteData<Page<InboxItem>>, id: string, now: string) {
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((item) =>
      item.read_at === null && (id === ALL || item.id === id)
        ? { ...item, read_at: now }
        : item,
    ),
  }));
  return { ...data, pages };
}
