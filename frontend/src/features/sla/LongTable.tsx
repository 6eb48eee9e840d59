import { t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import { useState } from "react";
import { formatNumber } from "../../i18n";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import editor from "./Editor.module.css";

/** More rows than these wait for a click. */
const FIRST = 15;

type Props<T> = {
  label: string;
  columns: DataColumn<T>[];
  rows: T[];
  /** How many there are, where the rows are only the first of them. */
  total: number;
  rowKey: (row: T) => string;
};

/** A table of examples: the first rows say enough for most people. */
export function LongTable<T>({ rows, total, ...table }: Props<T>) {
  const [all, setAll] = useState(false);
  return (
    <>
      <DataTable {...table} rows={all ? rows : rows.slice(0, FIRST)} />
      {!all && rows.length > FIRST && (
        <Button mt="sm" variant="default" onClick={() => setAll(true)}>
          {t`Show ${{ number: rows.length }}`}
        </Button>
      )}
      {all && total > rows.length && (
        <p className={editor.after}>
          {t`These are the first ${{ number: rows.length }} of ${{ total: formatNumber(total) }}.`}
        </p>
      )}
    </>
  );
}
