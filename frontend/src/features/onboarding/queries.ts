import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { FirstRun, FirstRunUpdate } from "../../api/types";
import { toastDone, toastError } from "../../ui/toast";

export const firstRunQuery = queryOptions({
  queryKey: ["first-run"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/first-run", { signal })),
  // No live event tells how far the demo data are.
  refetchInterval: ({ state }) =>
    state.data?.demo.status === "filling" ? 1_000 : false,
});

export function useUpdateFirstRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: FirstRunUpdate) =>
      unwrap(api.PATCH("/api/v1/first-run", { body })),
    onSuccess: (state) => client.setQueryData(firstRunQuery.queryKey, state),
    onError: (error) => toastError("This was not kept", error),
  });
}

export function useAddDemo() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/demo-data")),
    onSuccess: (demo) =>
      client.setQueryData(
        firstRunQuery.queryKey,
        (state: FirstRun | undefined) => state && { ...state, demo },
      ),
    onError: (error) => {
      toastError("The demo data were not added", error);
      void client.invalidateQueries({ queryKey: firstRunQuery.queryKey });
    },
  });
}

export function useRemoveDemo() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/demo-data")),
    onSuccess: () => toastDone("The demo data are gone"),
    onError: (error) => toastError("The demo data were not removed", error),
    // They were in every list.
    onSettled: () => client.invalidateQueries(),
  });
}
