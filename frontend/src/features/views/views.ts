/** Saved views: filters of the queue under a name. */
import type { User, View, ViewCounts, ViewCreate } from "../../api/types";
import { isAtLeast } from "../../api/useSession";
import {
  type Filters,
  fieldsOf,
  hasFilters,
  parseFilters,
  sameFilters,
  VIEWS,
} from "../incidents/filters";

type ViewFilters = NonNullable<ViewCreate["filters"]>;

/** What the address holds when the view is open. */
export function filtersOf(view: View): Filters {
  const { fields = {}, ...where } = view.filters;
  const byField = Object.entries(fields).map(([key, list]) => [`field.${key}`, list]);
  return parseFilters({ ...where, ...Object.fromEntries(byField), sort: view.sort });
}

/** Filters as a view keeps them: those by custom fields stand together. */
export function toView({ sort: _, ...filters }: Filters): ViewFilters {
  const fields: Record<string, string> = {};
  for (const key of fieldsOf(filters)) {
    fields[key.slice("field.".length)] = filters[key] ?? "";
    delete filters[key];
  }
  return Object.keys(fields).length ? { ...filters, fields } : filters;
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
