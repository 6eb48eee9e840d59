import {
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
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

/**
 * How far the installation is. Every list is asked anew once the demo data are there;
 * whoever shows the state does this, for what shows the progress is gone by then.
 */
export function useFirstRun() {
  const client = useQueryClient();
  const query = useQuery(firstRunQuery);
  const status = query.data?.demo.status;
  const before = useRef(status);
  useEffect(() => {
    if (before.current === "filling" && status === "ready")
      void client.invalidateQueries();
    before.current = status;
  }, [client, status]);
  return query;
}

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
