import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./DataTable.module.css";

export type DataColumn<T> = {
  header: string;
  cell: (row: T) => ReactNode;
  /** For the column of buttons at the end of a row. */
  end?: boolean;
};

type Props<T> = {
  label: string;
  columns: DataColumn<T>[];
  rows: T[] | undefined;
  rowKey: (row: T) => string;
};

const SKELETON_ROWS = 5;

/** A plain table for short lists. */
export function DataTable<T>({ label, columns, rows, rowKey }: Props<T>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys on narrow screens
    <section className={classes.scroll} aria-label={label} tabIndex={0}>
      <table
        className={classes.table}
        aria-label={label}
        aria-busy={rows === undefined}
      >
        <thead>
          <tr>
            {columns.map((c) => (
              <th
                key={c.header}
                scope="col"
                className={c.end ? classes.end : undefined}
              >
                <span className={c.end ? "sr-only" : undefined}>{c.header}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows?.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((c) => (
                <td key={c.header} className={c.end ? classes.end : undefined}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
          {rows === undefined &&
            Array.from({ length: SKELETON_ROWS }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all alike
              <tr key={i}>
                {columns.map((c) => (
                  <td key={c.header}>
                    <Skeleton height={10} width="70%" />
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}
