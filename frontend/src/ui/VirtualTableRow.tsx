import { t } from "@lingui/core/macro";
import type { CSSProperties, MouseEvent, ReactNode } from "react";
import type { Column } from "./TableHead";
import type { LongPress } from "./useLongPress";
import classes from "./VirtualTable.module.css";
import { Cell, Check, type RowSelection } from "./VirtualTableParts";

type Props<T> = {
  row: T;
  name: string;
  index: number;
  columns: Column<T>[];
  card?: (row: T) => ReactNode;
  selection?: RowSelection;
  /** Beside the list. */
  open: boolean;
  /** In the tab order. */
  current: boolean;
  style: CSSProperties;
  onFocus: () => void;
  onClick: (event: MouseEvent) => void;
  press: LongPress;
};

/** One row of a virtual table, as cells or as a card. */
export function TableRow<T>(props: Props<T>) {
  const { row, name, index, card, selection, press } = props;
  const boxed = selection && (!card || selection.count > 0 || selection.picking);
  return (
    <div
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selection?.has(name)}
      data-open={props.open || undefined}
      tabIndex={props.current ? 0 : -1}
      className={`${classes.row} ${card ? classes.card : ""}`}
      style={props.style}
      onFocus={props.onFocus}
      // A range of rows is meant, not of words; the focus stays where it began.
      onMouseDown={(e) => selection && e.shiftKey && e.preventDefault()}
      onClick={props.onClick}
      onPointerDown={press.onPointerDown}
      onPointerMove={press.onPointerMove}
      onPointerUp={press.onPointerUp}
      onPointerCancel={press.onPointerCancel}
    >
      {boxed && (
        <Check
          label={t`Select ${name}`}
          checked={selection.has(name)}
          onClick={(e) =>
            e.shiftKey ? selection.extend(name, name) : selection.toggle(name)
          }
        />
      )}
      {card ? (
        <Cell>{card(row)}</Cell>
      ) : (
        props.columns.map((c) => <Cell key={c.id}>{c.cell(row)}</Cell>)
      )}
    </div>
  );
}
