import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import { toastError } from "../../ui/toast";

export const engineQuery = queryOptions({
  queryKey: ["engine"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/engine", { signal })),
  refetchInterval: 5_000,
});

export function useCheckClocks() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => done(api.POST("/api/v1/engine/check")),
    onError: (error) => toastError(t`The check was not started`, error),
    onSettled: () => client.invalidateQueries({ queryKey: engineQuery.queryKey }),
  });
}
