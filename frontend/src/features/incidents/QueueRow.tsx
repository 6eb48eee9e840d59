import type { Incident } from "../../api/types";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import type { Column } from "../../ui/VirtualTable";
import { Fuse } from "../sla/Fuse";
import { leadingClock } from "../sla/fuse";
import { PriorityBadge, StatusBadge, Tag } from "./badges";
import type { Filters, Sort } from "./filters";
import classes from "./Queue.module.css";

type Options = { filters: Filters; width: number; sortBy: (sort: Sort) => void };

const SHOWN_TAGS = 2;
/** Below these widths (pixels of the list) columns make room for the title. */
const WIDTH_FOR_BOTH_CLOCKS = 800;
const WIDTH_FOR_PEOPLE = 1064;

/** The queue's columns; in a narrow list only the essential ones stay. */
export function queueColumns({ filters, width, sortBy }: Options): Column<Incident>[] {
  const current = filters.sort ?? "next_deadline";
  const sortable = (up: Sort, down: Sort): Column<Incident>["sort"] => ({
    direction: current === up ? "ascending" : current === down ? "descending" : null,
    toggle: () => sortBy(current === up ? down : up),
  });

  const columns: Column<Incident>[] = [
    {
      id: "priority",
      header: "Prio",
      width: "44px",
      sort: sortable("priority", "-priority"),
      cell: (row) => <PriorityBadge priority={row.priority} withText={false} />,
    },
    {
      id: "number",
      header: "Number",
      width: "72px",
      sort: sortable("-created_at", "created_at"),
      cell: (row) => <span className={classes.number}>{row.number}</span>,
    },
    {
      id: "title",
      header: "Title",
      width: "minmax(140px, 1fr)",
      cell: (row) => <TitleCell incident={row} />,
    },
  ];
  if (width < WIDTH_FOR_BOTH_CLOCKS) {
    columns.push({
      id: "due",
      header: "Next deadline",
      width: "minmax(148px, 172px)",
      cell: (row) => <Fuse clock={leadingClock(row.sla.clocks)} />,
    });
    return columns;
  }
  columns.push(
    {
      id: "status",
      header: "Status",
      width: "100px",
      cell: (row) => <StatusBadge status={row.status} />,
    },
    {
      id: "response",
      header: "Response",
      width: "168px",
      cell: (row) => <Fuse clock={row.sla.clocks.response} />,
    },
    {
      id: "resolution",
      header: "Resolution",
      width: "168px",
      cell: (row) => <Fuse clock={row.sla.clocks.resolution} />,
    },
  );
  if (width < WIDTH_FOR_PEOPLE) return columns;
  columns.push(
    {
      id: "assignee",
      header: "Assignee",
      width: "minmax(96px, 140px)",
      cell: (row) => <Person user={row.assignee} />,
    },
    {
      id: "updated",
      header: "Updated",
      width: "80px",
      sort: sortable("-updated_at", "updated_at"),
      cell: (row) => (
        <span className="dim">
          <Time at={row.updated_at} />
        </span>
      ),
    },
  );
  return columns;
}

function TitleCell({ incident }: { incident: Incident }) {
  const hidden = incident.tags.length - SHOWN_TAGS;
  return (
    <span className={classes.title}>
      <span className={classes.titleText} title={incident.title}>
        {incident.title}
      </span>
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
      <div className={classes.cardTitle}>{incident.title}</div>
      <div className={classes.cardFuses}>
        <Fuse clock={incident.sla.clocks.response} tooltip={false} />
        <Fuse clock={incident.sla.clocks.resolution} tooltip={false} />
      </div>
    </div>
  );
}
