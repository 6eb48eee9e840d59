import { t } from "@lingui/core/macro";
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type {
  PauseReason,
  PauseReasonCreate,
  PauseReasonUpdate,
} from "../../api/types";
import { toastError } from "../../ui/toast";
import { pauseReasonsQuery } from "../sla/queries";

const key = pauseReasonsQuery.queryKey;

export function useAddReason() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PauseReasonCreate) =>
      unwrap(api.POST("/api/v1/pause-reasons", { body })),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

const patch = (code: string, body: PauseReasonUpdate) =>
  unwrap(
    api.PATCH("/api/v1/pause-reasons/{code}", { params: { path: { code } }, body }),
  );

type Change = { code: string; body: PauseReasonUpdate };

/** Changes a reason; it shows at once. The caller tells of an error that has a field. */
export function useChangeReason(failure?: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ code, body }: Change) => patch(code, body),
    onMutate: async ({ code, body }) => {
      await client.cancelQueries({ queryKey: key });
      client.setQueryData(key, (reasons) =>
        reasons?.map((r) => (r.code === code ? { ...r, ...body } : r)),
      );
    },
    onError: (error) => {
      if (failure) toastError(failure, error);
    },
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

/** Puts reasons in another order: each whose place is another one is told so. */
export function useOrderReasons() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reasons: PauseReason[]) =>
      Promise.all(
        reasons.flatMap(({ code, position }, place) =>
          position === place ? [] : [patch(code, { position: place })],
        ),
      ),
    onMutate: async (reasons) => {
      await client.cancelQueries({ queryKey: key });
      client.setQueryData(key, reasons);
    },
    onError: (error) => toastError(t`The order was not changed`, error),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
}

export type Period = { from: string; to: string; within: number };

export const latePausesQuery = ({ from, to, within }: Period) =>
  queryOptions({
    queryKey: ["late-pauses", from, to, within],
    queryFn: async ({ signal }) => {
      const query = { from, to, within_seconds: within };
      return (
        await unwrap(api.GET("/api/v1/reports/pauses", { params: { query }, signal }))
      ).items;
    },
    retry: false,
  });
