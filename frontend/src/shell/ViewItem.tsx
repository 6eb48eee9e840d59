import { t } from "@lingui/core/macro";
import type { TablerIcon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { type Filters, parseFilters, sameFilters } from "../features/incidents/filters";
import { viewCountsQuery } from "../features/views/queries";
import { countText } from "../features/views/views";
import { tip } from "../ui/Tip";
import classes from "./Shell.module.css";

type Props = {
  id: string;
  label: string;
  filters: Filters;
  /** The shortcut that opens it. */
  keys?: string;
  icon: TablerIcon;
  collapsed: boolean;
};

/** A view in the rail, with the number of its incidents. */
export function ViewItem({ id, label, filters, keys, icon: Icon, collapsed }: Props) {
  const active = useLocation({
    select: (l) =>
      l.pathname === "/incidents" && sameFilters(parseFilters(l.search), filters),
  });
  const { data: counts } = useQuery(viewCountsQuery);
  const named = keys ? `${label} (${keys})` : label;
  return (
    <Link
      {...tip(collapsed ? named : keys && t`Press ${keys}`, "right")}
      to="/incidents"
      search={filters}
      className={classes.item}
      data-active={active}
      aria-current={active ? "page" : undefined}
    >
      <Icon size={18} stroke={1.75} aria-hidden />
      <span className={classes.label}>{label}</span>
      <span className={classes.count}>{countText(counts, id)}</span>
    </Link>
  );
}
