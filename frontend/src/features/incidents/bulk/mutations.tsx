import { notifications } from "@mantine/notifications";
import {
  type InfiniteData,
  type QueryClient,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { api, unwrap } from "../../../api/client";
import type {
  Bulk,
  BulkChange,
  BulkFailure,
  BulkResult,
  Incident,
  Page,
  UserRef,
} from "../../../api/types";
import { toastError } from "../../../ui/toast";
import { BulkToast } from "./BulkToast";
import { requests, reversals, shown, summary } from "./changes";

const TOAST_MS = 12_000;

export type Order = {
  change: BulkChange;
  numbers: string[];
  /** What happens, in the past: "12 assigned". */
  verb: string;
  who?: UserRef | null;
};

async function send(parts: Bulk[], all: BulkResult): Promise<void> {
  for (const body of parts) {
    const result = await unwrap(
      api.POST("/api/v1/incidents/bulk", {
        headers: { "Idempotency-Key": crypto.randomUUID() },
        body,
      }),
    );
    all.done.push(...result.done);
    all.failed.push(...result.failed);
  }
}

type Lists = InfiniteData<Page<Incident>>;

function showAtOnce(client: QueryClient, { change, numbers, who = null }: Order) {
  const chosen = new Set(numbers);
  client.setQueriesData<Lists>({ queryKey: ["incidents"] }, (data) =>
    data && "pages" in data
      ? {
          ...data,
          pages: data.pages.map((page) => ({
            ...page,
            items: page.items
              .filter((row) => change.type !== "delete" || !chosen.has(row.number))
              .map((row) =>
                chosen.has(row.number) ? { ...row, ...shown(change, row, who) } : row,
              ),
          })),
        }
      : data,
  );
}

function refresh(client: QueryClient) {
  for (const key of ["incident", "incidents", "incident-counts"])
    void client.invalidateQueries({ queryKey: [key] });
}

type Outcome = {
  onDone: (order: Order, result: BulkResult) => void;
  explain: (failed: BulkFailure[]) => void;
};

/** Changes many, tells how it went in one toast, and takes it back when asked to. */
export function useBulkChange({ onDone, explain }: Outcome) {
  const client = useQueryClient();

  const tell = (verb: string, result: BulkResult, undo?: () => void) => {
    const { done, failed } = result;
    const id = crypto.randomUUID();
    const act = (run: () => void) => () => {
      notifications.hide(id);
      run();
    };
    notifications.show({
      id,
      message: (
        <BulkToast
          words={summary(verb, done.length, failed)}
          undo={undo && act(undo)}
          explain={failed.length > 0 ? act(() => explain(failed)) : undefined}
        />
      ),
      color: failed.length > 0 ? "red" : "gray",
      autoClose: TOAST_MS,
      closeButtonProps: { "aria-label": "Close" },
    });
  };

  const undo = useMutation({
    mutationFn: async (parts: Bulk[]) => {
      const result: BulkResult = { done: [], failed: [] };
      await send(parts, result);
      return result;
    },
    onSuccess: (result) => tell("changed back", result),
    onError: (error) => toastError("Not changed back", error),
    onSettled: () => refresh(client),
  });

  return useMutation({
    mutationFn: async ({ change, numbers }: Order) => {
      const result: BulkResult = { done: [], failed: [] };
      try {
        await send(requests(change, numbers), result);
      } catch (error) {
        // What was changed before it broke can be taken back all the same.
        if (result.done.length === 0) throw error;
        toastError("Not all were changed", error);
      }
      return result;
    },
    onMutate: async (order) => {
      await client.cancelQueries({ queryKey: ["incidents"] });
      showAtOnce(client, order);
    },
    onSuccess: (result, order) => {
      const back = reversals(order.change, result.done);
      tell(order.verb, result, back.length > 0 ? () => undo.mutate(back) : undefined);
      onDone(order, result);
    },
    onError: (error) => toastError("Nothing was changed", error),
    onSettled: () => refresh(client),
  });
}
