import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";

/** What a comment said before, newest first; each version has its own answer. */
export const historyQuery = (id: string, version: number) =>
  infiniteQueryOptions({
    queryKey: ["comment-history", id, version],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/comments/{comment_id}/history", {
          params: {
            path: { comment_id: id },
            query: { limit: 20, cursor: pageParam },
          },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
