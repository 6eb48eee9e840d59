import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import { type Column, TableHead } from "./TableHead";
import classes from "./VirtualTable.module.css";
import {
  Cell,
  Check,
  CheckAll,
  type RowSelection,
  Skeletons,
} from "./VirtualTableParts";

export type { Column, RowSelection };

export type TableHandle<T> = {
  /** Goes up or down; with `extend` it selects on the way. */
  move: (by: number, extend?: boolean) => void;
  focused: () => T | undefined;
};

type Props<T> = {
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** The row that is open beside the list. */
  openKey?: string;
  selection?: RowSelection;
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

  const { selection } = props;
  const keyAt = (index: number) => rowKey(rows[index] as T);
  const focusRow = (index: number, extend = false) => {
    const next = Math.min(Math.max(index, 0), rows.length - 1);
    if (next < 0) return;
    if (extend) selection?.extend(keyAt(cursor.current ?? current), keyAt(next));
    cursor.current = next;
    setActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
    // The row may exist only after the scroll has been drawn.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus(),
    );
  };

  useImperativeHandle(props.handle, () => ({
    move: (by, extend) => {
      // The first key goes to the first row, unless it selects.
      if (cursor.current === null && !extend) focusRow(current);
      else focusRow((cursor.current ?? current) + by, extend);
    },
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
    if (event.key in moves) focusRow(moves[event.key] as number, event.shiftKey);
    else if (event.key === "Enter" && row) onOpen(row, "full");
    else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent, index: number) => {
    const row = rows[index] as T;
    if (selection && event.shiftKey)
      selection.extend(keyAt(cursor.current ?? index), keyAt(index));
    else if (selection && (event.ctrlKey || event.metaKey || selection.picking))
      selection.toggle(keyAt(index));
    else onOpen(row, "beside");
  };

  const tracks = [...(selection ? ["20px"] : []), ...columns.map((c) => c.width)];
  const style = { "--columns": tracks.join(" ") } as CSSProperties;
  return (
    <div
      role="grid"
      aria-label={props.label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-colcount={card ? 1 : tracks.length}
      aria-multiselectable={selection !== undefined}
      data-selecting={selection && (selection.count > 0 || selection.picking)}
      aria-busy={props.loading}
      className={classes.grid}
      style={style}
    >
      <TableHead
        columns={columns}
        hidden={card !== undefined}
        lead={selection && <CheckAll selection={selection} rows={rows.length} />}
      />
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
                aria-selected={selection?.has(rowKey(row))}
                data-open={rowKey(row) === props.openKey || undefined}
                tabIndex={item.index === current ? 0 : -1}
                className={`${classes.row} ${card ? classes.card : ""}`}
                style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                onFocus={() => {
                  cursor.current = item.index;
                  setActive(item.index);
                }}
                // A range of rows is meant, not of words; the focus stays where it began.
                onMouseDown={(e) => selection && e.shiftKey && e.preventDefault()}
                onClick={(e) => onClick(e, item.index)}
              >
                {selection && (!card || selection.count > 0 || selection.picking) && (
                  <Check
                    label={`Select ${rowKey(row)}`}
                    checked={selection.has(rowKey(row))}
                    onClick={(e) =>
                      e.shiftKey
                        ? selection.extend(rowKey(row), rowKey(row))
                        : selection.toggle(rowKey(row))
                    }
                  />
                )}
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
