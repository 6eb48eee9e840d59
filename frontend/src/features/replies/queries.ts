import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { CannedReplyCreate } from "../../api/types";
import { toastError } from "../../ui/toast";

const KEY = ["canned-replies"];
const PAGE = 50;
const OFFERED = 8;

const list = (q: string, limit: number, cursor?: string, signal?: AbortSignal) => {
  const query = { limit, ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) };
  return unwrap(api.GET("/api/v1/canned-replies", { params: { query }, signal }));
};

/** All that the person may use, by title. */
export const repliesQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "list", q],
    queryFn: ({ pageParam, signal }) => list(q, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });

/** A handful for who is writing. */
export const offeredRepliesQuery = (q: string) =>
  queryOptions({
    queryKey: [...KEY, "offered", q],
    queryFn: async ({ signal }) => (await list(q, OFFERED, undefined, signal)).items,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

type Saved = { id?: string; version?: number; body: CannedReplyCreate };

export function useSaveReply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, body }: Saved) =>
      id === undefined
        ? unwrap(api.POST("/api/v1/canned-replies", { body }))
        : unwrap(
            api.PATCH("/api/v1/canned-replies/{reply_id}", {
              params: { path: { reply_id: id } },
              headers: { "If-Match": `"${version}"` },
              body,
            }),
          ),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDeleteReply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/canned-replies/{reply_id}", {
          params: { path: { reply_id: id } },
        }),
      ),
    onError: (error) => toastError("The reply was not deleted", error),
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
}
