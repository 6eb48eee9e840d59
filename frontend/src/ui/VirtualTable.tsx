import { Skeleton } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { type Column, TableHead } from "./TableHead";
import classes from "./VirtualTable.module.css";

export type { Column };

export type TableHandle<T> = {
  move: (by: number) => void;
  focused: () => T | undefined;
};

type Props<T> = {
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  selectedKey?: string;
  rowHeight: number;
  /** Draws a row as a card instead of cells (phones). */
  card?: (row: T) => ReactNode;
  loading?: boolean;
  hasMore: boolean;
  loadMore: () => void;
  onOpen: (row: T, how: "beside" | "full") => void;
  /** Where the person was: the scroll offset, and the row that gets the focus back. */
  initialOffset?: number;
  initialKey?: string;
  onScroll?: (offset: number) => void;
  handle?: Ref<TableHandle<T>>;
};

const SKELETON_ROWS = 12;

/** A list of any length: only visible rows exist, one row is in the tab order. */
export function VirtualTable<T>(props: Props<T>) {
  const { rows, columns, rowKey, rowHeight, card, hasMore, loadMore, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(() =>
    Math.max(
      0,
      rows.findIndex((row) => rowKey(row) === props.initialKey),
    ),
  );
  // Keys may come faster than renders: they count from here.
  const cursor = useRef<number | null>(null);
  const current = Math.min(active, Math.max(0, rows.length - 1));

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialOffset: props.initialOffset ?? 0,
    getItemKey: (index) => rowKey(rows[index] as T),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the row height
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  useEffect(() => {
    if (hasMore && last >= rows.length - 15) loadMore();
  }, [hasMore, last, rows.length, loadMore]);

  const focusRow = (index: number) => {
    const next = Math.min(Math.max(index, 0), rows.length - 1);
    if (next < 0) return;
    cursor.current = next;
    setActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
    // The row may exist only after the scroll has been drawn.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  };

  useImperativeHandle(props.handle, () => ({
    move: (by) => focusRow(cursor.current === null ? current : cursor.current + by),
    focused: () => rows[cursor.current ?? current],
  }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list comes back
  useEffect(() => {
    const index = rows.findIndex((row) => rowKey(row) === props.initialKey);
    if (index >= 0) focusRow(index);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget && !isRow(event.target)) return;
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 400) / rowHeight),
    );
    const from = cursor.current ?? current;
    const moves: Record<string, number> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: rows.length - 1,
    };
    const row = rows[from];
    if (event.key in moves) focusRow(moves[event.key] as number);
    else if (event.key === "Enter" && row) onOpen(row, "full");
    else return;
    event.preventDefault();
  };

  const style = { "--columns": columns.map((c) => c.width).join(" ") } as CSSProperties;
  return (
    <div
      role="grid"
      aria-label={props.label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-colcount={card ? 1 : columns.length}
      aria-busy={props.loading}
      className={classes.grid}
      style={style}
    >
      <TableHead columns={columns} hidden={card !== undefined} />
      <div
        ref={scroller}
        className={classes.scroll}
        role="rowgroup"
        onKeyDown={onKeyDown}
        onScroll={(e) => props.onScroll?.(e.currentTarget.scrollTop)}
      >
        {props.loading && <Skeletons columns={columns} height={rowHeight} />}
        <div className={classes.body} style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index] as T;
            return (
              <div
                key={item.key}
                role="row"
                data-index={item.index}
                aria-rowindex={item.index + 2}
                aria-selected={rowKey(row) === props.selectedKey}
                tabIndex={item.index === current ? 0 : -1}
                className={`${classes.row} ${card ? classes.card : ""}`}
                style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                onFocus={() => {
                  cursor.current = item.index;
                  setActive(item.index);
                }}
                onClick={() => onOpen(row, "beside")}
              >
                {card ? (
                  <Cell>{card(row)}</Cell>
                ) : (
                  columns.map((c) => <Cell key={c.id}>{c.cell(row)}</Cell>)
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function isRow(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute("role") === "row";
}

function Cell({ children }: { children: ReactNode }) {
  return (
    <div role="gridcell" className={classes.cell}>
      {children}
    </div>
  );
}

function Skeletons<T>({ columns, height }: { columns: Column<T>[]; height: number }) {
  return Array.from({ length: SKELETON_ROWS }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
    <div key={i} className={classes.skeleton} style={{ height }} aria-hidden>
      {columns.map((c, j) => (
        <Skeleton key={c.id} height={10} width={`${55 + ((i * 7 + j * 13) % 40)}%`} />
      ))}
    </div>
  ));
}
