/** Saved views: filters of the queue under a name. */
import type { User, View, ViewCounts } from "../../api/types";
import { isAtLeast } from "../../api/useSession";
import {
  type Filters,
  hasFilters,
  parseFilters,
  sameFilters,
  VIEWS,
} from "../incidents/filters";

/** What the address holds when the view is open. */
export function filtersOf(view: View): Filters {
  return parseFilters({ ...view.filters, sort: view.sort });
}

/** The saved view that shows just this; one's own before a shared one. */
export function viewOf(views: View[], filters: Filters): View | undefined {
  const same = views.filter((view) => sameFilters(filtersOf(view), filters));
  return same.find((view) => !view.shared) ?? same[0];
}

/** The name of what the queue shows, if it has one. */
export function nameOf(views: View[], filters: Filters): string | undefined {
  const standard = VIEWS.find((view) => sameFilters(view.filters, filters));
  return standard?.label ?? viewOf(views, filters)?.name;
}

/** Whether there is something to save: filters that no view has. */
export function isUnsaved(views: View[], filters: Filters): boolean {
  return (hasFilters(filters) || filters.sort !== undefined) && !nameOf(views, filters);
}

export function mayChange(view: View, user: User | null): boolean {
  return view.owner.id === user?.id || (view.shared && isAtLeast(user, "manager"));
}

/** A count as the rail shows it; beyond the limit nobody counted. */
export function countText(counts: ViewCounts | undefined, id: string): string {
  const count = counts?.counts[id];
  if (counts === undefined || count === undefined) return "";
  return count >= counts.limit ? `${counts.limit - 1}+` : String(count);
}
