import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";
import type { BulkFailure, Incident } from "../../../api/types";
import { isAtLeast, useUser } from "../../../api/useSession";
import { type Hotkey, useHotkeys } from "../../../shell/hotkeys";
import type { RowSelection, TableHandle } from "../../../ui/VirtualTable";
import { everything, extended, NOTHING, toggled, without } from "./selection";

export type BulkMenu =
  | "assign"
  | "team"
  | "priority"
  | "status"
  | "tags"
  | "pause"
  | "delete";

type Options = {
  rows: Incident[];
  /** The list that is on screen: another one begins with nothing selected. */
  list: string;
  handle: RefObject<TableHandle<Incident> | null>;
};

const inQueue = (target: EventTarget | null) =>
  target === document.body ||
  (target instanceof HTMLElement &&
    target.closest("[role=grid]") !== null &&
    document.querySelector("[role=dialog]") === null);

/** The rows that a person has selected, and the keys that select. */
export function useQueueSelection({ rows, list, handle }: Options) {
  // Only agents change incidents in bulk.
  const may = isAtLeast(useUser(), "agent");
  const [state, setState] = useState({ list, selection: NOTHING });
  const [picking, setPicking] = useState(false);
  const [menu, setMenu] = useState<BulkMenu | null>(null);
  const [failed, setFailed] = useState<BulkFailure[] | null>(null);
  const selection = state.list === list ? state.selection : NOTHING;
  const order = useMemo(() => rows.map((row) => row.number), [rows]);
  const numbers = useMemo(() => [...selection.keys], [selection]);
  const some = numbers.length > 0;

  const change = useCallback(
    (next: (selection: typeof NOTHING) => typeof NOTHING) =>
      setState((old) => ({
        list,
        selection: next(old.list === list ? old.selection : NOTHING),
      })),
    [list],
  );
  const clear = () => {
    change(() => NOTHING);
    setPicking(false);
    setMenu(null);
  };
  const drop = (gone: string[]) => change((old) => without(old, gone));
  const selectAll = useCallback(() => change(() => everything(order)), [change, order]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const all = (event.ctrlKey || event.metaKey) && event.key === "a";
      if (!all || !may || !inQueue(event.target)) return;
      event.preventDefault();
      selectAll();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [may, selectAll]);

  const key = (keys: string, label: string, run: () => void): Hotkey => ({
    keys,
    label,
    group: "Queue",
    run,
  });
  const toggleFocused = () => {
    const row = handle.current?.focused();
    if (row) change((old) => toggled(old, row.number));
  };
  useHotkeys([
    ...(may
      ? [
          key("x", "Select", toggleFocused),
          key("J", "Select down", () => handle.current?.move(1, true)),
          key("K", "Select up", () => handle.current?.move(-1, true)),
        ]
      : []),
    ...(some
      ? [
          key("a", "Assign the selected", () => setMenu("assign")),
          key("p", "Change their priority", () => setMenu("priority")),
        ]
      : []),
    ...(some || picking ? [key("Escape", "Select nothing", clear)] : []),
  ]);

  const table: RowSelection | undefined = may
    ? {
        has: (row) => selection.keys.has(row),
        count: numbers.length,
        picking,
        toggle: (row) => change((old) => toggled(old, row)),
        pick: (row) => {
          setPicking(true);
          change((old) => toggled(old, row));
        },
        extend: (from, to) => change((old) => extended(old, order, from, to)),
        all: (on) => (on ? selectAll() : clear()),
      }
    : undefined;
  return {
    table,
    numbers,
    picking,
    pick: () => setPicking(true),
    clear,
    drop,
    menu,
    setMenu,
    failed,
    setFailed,
  };
}

export type QueueSelection = ReturnType<typeof useQueueSelection>;
