import {
  defaultRangeExtractor,
  type Range,
  useVirtualizer,
} from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import { linesOf, type Section, sectionsIn } from "./lines";
import { type Column, TableHead } from "./TableHead";
import { useLongPress } from "./useLongPress";
import classes from "./VirtualTable.module.css";
import { CheckAll, Place, type RowSelection, Skeletons } from "./VirtualTableParts";
import { TableRow } from "./VirtualTableRow";
import { SectionHead } from "./VirtualTableSection";

export type { Column, RowSelection, Section };

export type TableHandle<T> = {
  /** Goes up or down; with `extend` it selects on the way. */
  move: (by: number, extend?: boolean) => void;
  focused: () => T | undefined;
};

type Props<T> = {
  label: string;
  rows: T[];
  /** What the rows stand in; how they are told apart, and what is asked of them. */
  sections?: Section[];
  onToggle?: (section: string) => void;
  /** The sections on screen, and those of them whose rows are to come soon. */
  onNear?: (near: string[], short: string[]) => void;
  columns: Column<T>[];
  /** Always the same function. */
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

const HEAD_HEIGHT = 36;
const TOUCH_HEIGHT = 44;
/** So many lines before the end more are asked for. */
const AHEAD = 15;

/** A list of any length: only visible rows exist, one row is in the tab order. */
export function VirtualTable<T>(props: Props<T>) {
  const { rows, columns, rowKey, rowHeight, card, hasMore, loadMore, onOpen } = props;
  const { sections, selection, onNear } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(rows.length, sections), [rows.length, sections]);
  const heads = useMemo(
    () => lines.flatMap((line, index) => (line.kind === "head" ? [index] : [])),
    [lines],
  );
  const rowAt = (index: number) => {
    const line = lines[index];
    return line?.kind === "row" ? rows[line.row] : undefined;
  };
  const placeOfKey = (key: string | undefined) =>
    lines.findIndex(
      (line) => line.kind === "row" && rowKey(rows[line.row] as T) === key,
    );
  const [active, setActive] = useState(() => Math.max(0, placeOfKey(props.initialKey)));
  // Keys may come faster than renders: they count from here.
  const cursor = useRef<number | null>(null);
  const current = Math.min(active, Math.max(0, lines.length - 1));

  const headHeight = card ? TOUCH_HEIGHT : HEAD_HEIGHT;
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (lines[index]?.kind === "head" ? headHeight : rowHeight),
    overscan: 8,
    initialOffset: props.initialOffset ?? 0,
    scrollPaddingStart: sections ? headHeight : 0,
    // A new one lets all places be reckoned again, which takes time with many rows.
    getItemKey: useCallback(
      (index: number) => {
        const line = lines[index];
        return line?.kind === "row"
          ? rowKey(rows[line.row] as T)
          : (line?.key ?? index);
      },
      [lines, rows, rowKey],
    ),
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range);
        // The head of the section at the top stays, wherever it is.
        const head = heads.findLast((index) => index <= range.startIndex);
        return head !== undefined && head < (shown[0] ?? 0) ? [head, ...shown] : shown;
      },
      [heads],
    ),
  });
  const items = virtualizer.getVirtualItems();
  const top = virtualizer.range?.startIndex ?? 0;
  const sticky = heads.findLast((index) => index <= top);
  const last = items.at(-1)?.index ?? 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the row height
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);

  useEffect(() => {
    if (hasMore && last >= rows.length - AHEAD) loadMore();
  }, [hasMore, last, rows.length, loadMore]);

  useEffect(() => {
    if (!onNear) return;
    const { near, short } = sectionsIn(lines, top, last + AHEAD);
    onNear(near, short);
  }, [onNear, lines, top, last]);

  const keyAt = (index: number) => {
    const row = rowAt(index);
    return row && rowKey(row);
  };
  const extend = (from: number, to: number) => {
    const end = keyAt(to);
    if (end) selection?.extend(keyAt(from) ?? end, end);
  };
  const focusLine = (index: number, selects = false) => {
    const next = Math.min(Math.max(index, 0), lines.length - 1);
    if (next < 0 || lines[next]?.kind === "pending") return;
    if (selects) extend(cursor.current ?? current, next);
    cursor.current = next;
    setActive(next);
    virtualizer.scrollToIndex(next, { align: "auto" });
    // The row may exist only after the scroll has been drawn.
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-index="${next}"]`)
        ?.focus({ preventScroll: true }),
    );
  };

  useImperativeHandle(props.handle, () => ({
    move: (by, selects) => {
      // The first key goes to the first row, unless it selects.
      if (cursor.current === null && !selects) focusLine(current);
      else focusLine((cursor.current ?? current) + by, selects);
    },
    focused: () => rowAt(cursor.current ?? current),
  }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the list comes back
  useEffect(() => {
    const index = placeOfKey(props.initialKey);
    if (index >= 0) focusLine(index);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget && !isLine(event.target)) return;
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
      End: lines.length - 1,
    };
    const line = lines[from];
    const row = rowAt(from);
    const opens = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (event.key in moves) focusLine(moves[event.key] as number, event.shiftKey);
    else if (event.key === "Enter" && row) onOpen(row, "full");
    else if (line?.kind === "head" && event.key === "Enter")
      props.onToggle?.(line.section.key);
    else if (line?.kind === "head" && opens === !line.section.open)
      props.onToggle?.(line.section.key);
    else return;
    event.preventDefault();
  };

  const press = useLongPress((target) => {
    const key = keyAt(Number(target.dataset.index));
    if (key) selection?.pick(key);
  });
  const onClick = (event: MouseEvent, index: number, row: T) => {
    if (press.ended()) return;
    if (selection && event.shiftKey) extend(cursor.current ?? index, index);
    else if (selection && (event.ctrlKey || event.metaKey || selection.picking))
      selection.toggle(rowKey(row));
    else onOpen(row, "beside");
  };

  const tracks = [...(selection ? ["20px"] : []), ...columns.map((c) => c.width)];
  const style = { "--columns": tracks.join(" ") } as CSSProperties;
  const known = !hasMore && !lines.some((line) => line.kind === "pending");
  return (
    <div
      role="grid"
      aria-label={props.label}
      aria-rowcount={known ? lines.length + 1 : -1}
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
          {items.map(({ key, index, size, start }) => {
            const line = lines[index];
            const place = { height: size, transform: `translateY(${start}px)` };
            const onFocus = () => {
              cursor.current = index;
              setActive(index);
            };
            if (line?.kind === "head")
              return (
                <SectionHead
                  key={key}
                  section={line.section}
                  index={index}
                  columns={card ? 1 : tracks.length}
                  current={index === current}
                  style={
                    index === sticky ? { height: size, position: "sticky" } : place
                  }
                  onFocus={onFocus}
                  toggle={() => props.onToggle?.(line.section.key)}
                />
              );
            const row = rowAt(index);
            if (row === undefined)
              return <Place key={key} style={place} columns={columns.length} />;
            return (
              <TableRow
                key={key}
                row={row}
                name={rowKey(row)}
                index={index}
                columns={columns}
                card={card}
                selection={selection}
                open={rowKey(row) === props.openKey}
                current={index === current}
                style={place}
                onFocus={onFocus}
                onClick={(e) => onClick(e, index, row)}
                press={press}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function isLine(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.dataset.index !== undefined;
}
