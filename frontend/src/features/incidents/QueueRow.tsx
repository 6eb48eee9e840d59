import type { Incident } from "../../api/types";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import type { Column } from "../../ui/VirtualTable";
import { Fuse } from "../sla/Fuse";
import { leadingClock } from "../sla/fuse";
import { PriorityBadge, StatusBadge, Tag } from "./badges";
import { FoundText, FoundTitle } from "./FoundWords";
import type { Filters, Sort } from "./filters";
import { COLUMN_WORDS, type ColumnId, fitting, type Layout, widthOf } from "./layout";
import classes from "./Queue.module.css";

type Options = {
  filters: Filters;
  layout: Layout;
  /** Of the list, in pixels: columns without room are left out. */
  width: number;
  sortBy: (sort: Sort) => void;
  resize: (id: ColumnId, width: number) => void;
};
type Cell = { header?: string; sorts?: [Sort, Sort]; cell: Column<Incident>["cell"] };

const SHOWN_TAGS = 2;

const CELLS: Record<ColumnId, Cell> = {
  priority: {
    header: "Prio",
    sorts: ["priority", "-priority"],
    cell: (row) => <PriorityBadge priority={row.priority} withText={false} />,
  },
  number: {
    sorts: ["-created_at", "created_at"],
    cell: (row) => <span className={classes.number}>{row.number}</span>,
  },
  title: { cell: (row) => <TitleCell incident={row} /> },
  status: { cell: (row) => <StatusBadge status={row.status} /> },
  due: { cell: (row) => <Fuse clock={leadingClock(row.sla.clocks)} /> },
  response: { cell: (row) => <Fuse clock={row.sla.clocks.response} /> },
  resolution: { cell: (row) => <Fuse clock={row.sla.clocks.resolution} /> },
  assignee: { cell: (row) => <Person user={row.assignee} /> },
  team: { cell: (row) => <Words text={row.team?.name} /> },
  organization: { cell: (row) => <Words text={row.organization?.name} /> },
  reporter: { cell: (row) => <Person user={row.reporter} /> },
  created: { cell: (row) => <When at={row.created_at} /> },
  updated: {
    sorts: ["-updated_at", "updated_at"],
    cell: (row) => <When at={row.updated_at} />,
  },
};

/** The queue's columns as the person has them, as far as there is room. */
export function queueColumns(options: Options): Column<Incident>[] {
  const { filters, layout, width, sortBy, resize } = options;
  const current = filters.sort ?? "next_deadline";
  const sortable = ([up, down]: [Sort, Sort]): Column<Incident>["sort"] => ({
    direction: current === up ? "ascending" : current === down ? "descending" : null,
    toggle: () => sortBy(current === up ? down : up),
  });
  return fitting(layout, width).map((id) => {
    const { header = COLUMN_WORDS[id], sorts, cell } = CELLS[id];
    const isTitle = id === "title";
    return {
      id,
      header,
      // The title takes what the others leave.
      width: isTitle ? "minmax(140px, 1fr)" : `${widthOf(layout, id)}px`,
      cell,
      ...(sorts && { sort: sortable(sorts) }),
      ...(!isTitle && { resize: (to: number) => resize(id, to) }),
    };
  });
}

function Words({ text }: { text: string | undefined }) {
  return (
    <span className={classes.words} title={text}>
      {text ?? <span className="dim">–</span>}
    </span>
  );
}

function When({ at }: { at: string }) {
  return (
    <span className="dim">
      <Time at={at} />
    </span>
  );
}

function TitleCell({ incident }: { incident: Incident }) {
  const hidden = incident.tags.length - SHOWN_TAGS;
  return (
    <span className={classes.title}>
      <span className={classes.titleText} title={incident.title}>
        <FoundTitle incident={incident} />
      </span>
      <FoundText incident={incident} />
      <span className={classes.tags}>
        {incident.tags.slice(0, SHOWN_TAGS).map((tag) => (
          <Tag key={tag} name={tag} />
        ))}
        {hidden > 0 && <span className="dim num">+{hidden}</span>}
      </span>
    </span>
  );
}

/** One incident on a phone. */
export function QueueCard({ incident }: { incident: Incident }) {
  return (
    <div className={classes.card}>
      <div className={classes.cardTop}>
        <PriorityBadge priority={incident.priority} withText={false} />
        <span className="num">{incident.number}</span>
        <StatusBadge status={incident.status} />
        <Time at={incident.updated_at} />
      </div>
      <div className={classes.cardTitle}>
        <FoundTitle incident={incident} />
      </div>
      <FoundText incident={incident} />
      <div className={classes.cardFuses}>
        <Fuse clock={incident.sla.clocks.response} tooltip={false} />
        <Fuse clock={incident.sla.clocks.resolution} tooltip={false} />
      </div>
    </div>
  );
}
