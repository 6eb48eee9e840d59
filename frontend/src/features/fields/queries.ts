import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { CustomFieldCreate, CustomFieldUpdate } from "../../api/types";
import { toastError } from "../../ui/toast";

/** Every field that one sees, in order, retired ones among them. */
export const fieldsQuery = queryOptions({
  queryKey: ["custom-fields"],
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET("/api/v1/custom-fields", { signal }))).items,
  staleTime: 60_000,
});

const queryKey = fieldsQuery.queryKey;

export function useAddField() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: CustomFieldCreate }) =>
      unwrap(
        api.POST("/api/v1/custom-fields", {
          headers: { "Idempotency-Key": key },
          body,
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey }),
  });
}

type Change = { key: string; version?: number; body: CustomFieldUpdate };

/** Changes a field. The caller tells of an error that has a place in its form. */
export function useChangeField(failure?: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, version, body }: Change) =>
      unwrap(
        api.PATCH("/api/v1/custom-fields/{key}", {
          params: { path: { key } },
          headers: version === undefined ? {} : { "If-Match": `"${version}"` },
          body,
        }),
      ),
    onError: (error) => {
      if (failure) toastError(failure, error);
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
}
