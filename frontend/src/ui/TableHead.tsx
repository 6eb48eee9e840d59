import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import type { PointerEvent, ReactNode } from "react";
import classes from "./VirtualTable.module.css";

export type Column<T> = {
  id: string;
  header: string;
  /** A CSS grid track. */
  width: string;
  cell: (row: T) => ReactNode;
  sort?: { direction: "ascending" | "descending" | null; toggle: () => void };
  /** Takes a new width in pixels, when the column's edge is dragged. */
  resize?: (width: number) => void;
};

type Props<T> = {
  columns: Column<T>[];
  hidden: boolean;
  /** What stands before the first column. */
  lead?: ReactNode;
};

/** The names of the columns; they sort, and their edges can be dragged. */
export function TableHead<T>({ columns, hidden, lead }: Props<T>) {
  return (
    <div role="rowgroup">
      <div role="row" aria-rowindex={1} className={hidden ? "sr-only" : classes.head}>
        {!hidden && lead}
        {columns
          .slice(0, hidden ? 1 : undefined)
          .map(({ id, header, sort, resize }) => (
            <div
              key={id}
              role="columnheader"
              className={classes.header}
              aria-sort={sort?.direction ?? undefined}
            >
              {sort && !hidden ? (
                <button
                  type="button"
                  className={`${classes.sort} ${sort.direction ? classes.sorted : ""}`}
                  onClick={sort.toggle}
                >
                  {header}
                  {sort.direction === "ascending" && (
                    <IconArrowUp size={14} aria-hidden />
                  )}
                  {sort.direction === "descending" && (
                    <IconArrowDown size={14} aria-hidden />
                  )}
                </button>
              ) : (
                header
              )}
              {resize && !hidden && <Edge resize={resize} />}
            </div>
          ))}
      </div>
    </div>
  );
}

/** The edge that a pointer drags; keys do the same in the view options. */
function Edge({ resize }: { resize: (width: number) => void }) {
  const onPointerDown = (event: PointerEvent<HTMLSpanElement>) => {
    const edge = event.currentTarget;
    const from = event.clientX - (edge.parentElement?.clientWidth ?? 0);
    edge.setPointerCapture(event.pointerId);
    edge.onpointermove = (moved) => resize(moved.clientX - from);
    edge.onlostpointercapture = () => {
      edge.onpointermove = null;
    };
  };
  return <span aria-hidden className={classes.edge} onPointerDown={onPointerDown} />;
}
