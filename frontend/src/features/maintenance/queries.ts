import { t } from "@lingui/core/macro";
import {
  infiniteQueryOptions,
  keepPreviousData,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { WindowCreate, WindowUpdate } from "../../api/types";
import { toastError } from "../../ui/toast";

export const windowsQuery = infiniteQueryOptions({
  queryKey: ["maintenance-windows"],
  queryFn: ({ pageParam, signal }) =>
    unwrap(
      api.GET("/api/v1/maintenance-windows", {
        params: { query: { limit: 50, cursor: pageParam } },
        signal,
      }),
    ),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next_cursor ?? undefined,
  placeholderData: keepPreviousData,
  // Windows begin and end by themselves.
  refetchInterval: 15_000,
});

/** Windows pause clocks: what is shown of incidents may be stale with them. */
function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [["maintenance-windows"], ["incident"]].map((queryKey) =>
        client.invalidateQueries({ queryKey }),
      ),
    );
}

type Saved =
  | { id?: undefined; body: WindowCreate }
  | { id: string; version: number; body: WindowUpdate };

export function useSaveWindow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (saved: Saved) =>
      saved.id === undefined
        ? unwrap(api.POST("/api/v1/maintenance-windows", { body: saved.body }))
        : unwrap(
            api.PATCH("/api/v1/maintenance-windows/{window_id}", {
              params: { path: { window_id: saved.id } },
              headers: { "If-Match": `"${saved.version}"` },
              body: saved.body,
            }),
          ),
    onSettled: refresh,
  });
}

export function useCancelWindow() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (id: string) =>
      done(
        api.DELETE("/api/v1/maintenance-windows/{window_id}", {
          params: { path: { window_id: id } },
        }),
      ),
    onError: (error) => toastError(t`The window was not called off`, error),
    onSettled: refresh,
  });
}
