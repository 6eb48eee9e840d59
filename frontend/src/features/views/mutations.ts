import { t } from "@lingui/core/macro";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, done, unwrap } from "../../api/client";
import type { View, ViewCreate, ViewUpdate } from "../../api/types";
import { toastError } from "../../ui/toast";
import { toastUndo } from "../../ui/undo";
import { viewCountsQuery, viewsQuery } from "./queries";

const at = ({ id }: View) => ({ path: { view_id: id } });

function refresh(client: QueryClient): Promise<unknown> {
  return Promise.all(
    [viewsQuery, viewCountsQuery].map(({ queryKey }) =>
      client.invalidateQueries({ queryKey }),
    ),
  );
}

type New = { key: string; body: ViewCreate };

export function useCreateView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ key, body }: New) =>
      unwrap(api.POST("/api/v1/views", { headers: { "Idempotency-Key": key }, body })),
    onSuccess: () => refresh(client),
  });
}

type Change = {
  view: View;
  patch: ViewUpdate;
  /** What failed, for the toast; without it the caller shows the error. */
  failure?: string;
};

export function useUpdateView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ view, patch }: Change) =>
      unwrap(
        api.PATCH("/api/v1/views/{view_id}", {
          params: at(view),
          headers: { "If-Match": `"${view.version}"` },
          body: patch,
        }),
      ),
    onError: (error, { failure }) => failure && toastError(failure, error),
    onSettled: () => refresh(client),
  });
}

export function useDeleteView() {
  const client = useQueryClient();
  const restore = async (view: View) => {
    try {
      await done(api.POST("/api/v1/views/{view_id}/restore", { params: at(view) }));
    } catch (error) {
      toastError(t`The view was not brought back`, error);
    }
    await refresh(client);
  };
  return useMutation({
    mutationFn: (view: View) =>
      done(api.DELETE("/api/v1/views/{view_id}", { params: at(view) })),
    onSuccess: (_, view) =>
      toastUndo(t`${{ name: view.name }} deleted`, () => void restore(view)),
    onError: (error) => toastError(t`The view was not deleted`, error),
    onSettled: () => refresh(client),
  });
}
