/** What the rows of a virtual table are made of, and what selects them. */
import { t } from "@lingui/core/macro";
import { Skeleton } from "@mantine/core";
import type { CSSProperties, MouseEvent, ReactNode } from "react";
import type { Column } from "./TableHead";
import classes from "./VirtualTable.module.css";

/** Several rows at once; keys are those of `rowKey`. */
export type RowSelection = {
  has: (key: string) => boolean;
  count: number;
  /** A tap selects instead of opening (phones). */
  picking: boolean;
  toggle: (key: string) => void;
  /** Selects one, and lets taps select from now on. */
  pick: (key: string) => void;
  /** Selects from one row to another, in their order. */
  extend: (from: string, to: string) => void;
  all: (on: boolean) => void;
};

const SKELETON_ROWS = 12;

type CheckProps = {
  label: string;
  checked: boolean;
  onClick: (event: MouseEvent) => void;
};

/** The box of a row. The keyboard stays on the row, where `x` does the same. */
export function Check({ label, checked, onClick }: CheckProps) {
  return (
    <div
      role="gridcell"
      tabIndex={-1}
      className={classes.check}
      onMouseDown={(event) => {
        event.preventDefault();
        event.currentTarget.closest<HTMLElement>("[role=row]")?.focus();
      }}
      onClick={(event) => {
        event.stopPropagation();
        onClick(event);
      }}
    >
      <input
        type="checkbox"
        tabIndex={-1}
        aria-label={label}
        checked={checked}
        readOnly
      />
    </div>
  );
}

export function Cell({ children }: { children: ReactNode }) {
  return (
    <div role="gridcell" className={classes.cell}>
      {children}
    </div>
  );
}

type CheckAllProps = { selection: RowSelection; rows: number };

/** The box in the head: all that are loaded, or none. */
export function CheckAll({ selection, rows }: CheckAllProps) {
  const all = rows > 0 && selection.count >= rows;
  return (
    <div role="columnheader" className={classes.check}>
      <input
        type="checkbox"
        aria-label={t`Select all that are loaded`}
        checked={all}
        ref={(box) => {
          if (box) box.indeterminate = selection.count > 0 && !all;
        }}
        onChange={() => selection.all(!all)}
      />
    </div>
  );
}

export function Skeletons<T>({
  columns,
  height,
}: {
  columns: Column<T>[];
  height: number;
}) {
  return Array.from({ length: SKELETON_ROWS }, (_, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
    <div key={i} className={classes.skeleton} style={{ height }} aria-hidden>
      {columns.map((c, j) => (
        <Skeleton key={c.id} height={10} width={`${55 + ((i * 7 + j * 13) % 40)}%`} />
      ))}
    </div>
  ));
}

/** Where a row will stand that has not come yet. */
export function Place({ style, columns }: { style: CSSProperties; columns: number }) {
  return (
    <div className={classes.row} style={style} aria-hidden>
      {Array.from({ length: columns }, (_, column) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={column} height={10} width="70%" />
      ))}
    </div>
  );
}
