/** The queue's filters: what the URL holds is what the API gets. */
import type { Incident, Priority, SlaStatus } from "../../api/types";
import { isPeriod } from "./periods";

export const STATUSES = ["open", "in_progress", "resolved", "closed"] as const;
export const PRIORITIES = ["critical", "high", "medium", "low"] as const;
export const SLA_FILTERS = [
  "active",
  "at_risk",
  "on_track",
  "breached",
  "paused",
  "met",
] as const;
export const SORTS = [
  "next_deadline",
  "created_at",
  "-created_at",
  "updated_at",
  "-updated_at",
  "priority",
  "-priority",
] as const;

export type SlaFilter = SlaStatus | "at_risk" | "on_track";
export type Sort = (typeof SORTS)[number];

/** Comma separated lists, as in the API; a missing key means "any". */
export type Filters = {
  status?: string;
  priority?: string;
  assignee?: string;
  team?: string;
  organization?: string;
  tag?: string;
  sla?: string;
  /** One stretch of time, not a list. */
  created?: string;
  q?: string;
  sort?: Sort;
  /** By the key of a custom field. */
  [field: FieldFilter]: string | undefined;
};

export type FieldFilter = `field.${string}`;

export const STATUS_WORDS: Record<Incident["status"], string> = {
  open: "Open",
  in_progress: "In progress",
  resolved: "Resolved",
  closed: "Closed",
};

export const PRIORITY_WORDS: Record<Priority, string> = {
  critical: "Critical",
  high: "High",
  medium: "Medium",
  low: "Low",
};

export const SLA_WORDS: Record<SlaFilter, string> = {
  active: "Running",
  at_risk: "At risk",
  on_track: "On track",
  breached: "Breached",
  paused: "Paused",
  met: "Met",
};

export const SORT_WORDS: Record<Sort, string> = {
  next_deadline: "Next deadline",
  "-created_at": "Newest",
  created_at: "Oldest",
  "-updated_at": "Last updated",
  updated_at: "Longest untouched",
  priority: "Highest priority",
  "-priority": "Lowest priority",
};

const KEYS = [
  "status",
  "priority",
  "assignee",
  "team",
  "organization",
  "tag",
  "sla",
  "created",
  "q",
] as const;
const KNOWN: Partial<Record<keyof Filters, readonly string[]>> = {
  status: STATUSES,
  priority: PRIORITIES,
  sla: SLA_FILTERS,
};

const FIELD = /^field\.[a-z][a-z0-9_]{0,39}$/;

export const isField = (key: string): key is FieldFilter => FIELD.test(key);

/** The filters by custom fields, in the order of the alphabet. */
export function fieldsOf(filters: Filters): FieldFilter[] {
  return Object.keys(filters)
    .filter(isField)
    .filter((key) => filters[key])
    .sort();
}

/** Reads filters from search params; what is unknown is dropped, never an error. */
export function parseFilters(search: Record<string, unknown>): Filters {
  const filters: Filters = {};
  for (const key of KEYS) {
    const raw = search[key];
    if (typeof raw !== "string") continue;
    const known = KNOWN[key];
    const value = known
      ? join(split(raw).filter((v) => known.includes(v)))
      : raw.trim();
    if (value && (key !== "created" || isPeriod(value))) filters[key] = value;
  }
  for (const [key, raw] of Object.entries(search))
    if (isField(key) && typeof raw === "string" && raw.trim())
      filters[key] = raw.trim();
  const sort = SORTS.find((s) => s === search.sort);
  // With words, what fits them best comes first unless another order is asked for.
  if (sort && (sort !== "next_deadline" || filters.q)) filters.sort = sort;
  return filters;
}

export function split(list: string | undefined): string[] {
  return list ? list.split(",").filter(Boolean) : [];
}

export function join(values: string[]): string | undefined {
  return values.length ? values.join(",") : undefined;
}

/** True when both ask for the same incidents, in whatever order lists are written. */
export function sameFilters(a: Filters, b: Filters): boolean {
  const normal = (v: string | undefined) => split(v).sort().join();
  return (
    [...KEYS, ...fieldsOf(a), ...fieldsOf(b)].every(
      (k) => normal(a[k]) === normal(b[k]),
    ) && (a.sort ?? "next_deadline") === (b.sort ?? "next_deadline")
  );
}

export function hasFilters(filters: Filters): boolean {
  return KEYS.some((key) => filters[key]) || fieldsOf(filters).length > 0;
}

export type View = { id: string; label: string; keys: string; filters: Filters };

const UNRESOLVED = "open,in_progress";

/** What the queue shows when nothing is asked of it. */
export const DEFAULT_VIEW: View = {
  id: "open",
  label: "All open",
  keys: "g q",
  filters: { status: UNRESOLVED },
};

/** The rail's views; the service counts them under the same ids. `keys` opens one. */
export const VIEWS: View[] = [
  {
    id: "mine",
    label: "My open",
    keys: "g m",
    filters: { status: UNRESOLVED, assignee: "me" },
  },
  {
    id: "unassigned",
    label: "Unassigned",
    keys: "g u",
    filters: { status: UNRESOLVED, assignee: "none" },
  },
  {
    id: "at-risk",
    label: "About to breach",
    keys: "g r",
    filters: { status: UNRESOLVED, sla: "at_risk" },
  },
  {
    id: "breached",
    label: "Breached",
    keys: "g b",
    filters: { status: UNRESOLVED, sla: "breached" },
  },
  {
    id: "paused",
    label: "Paused",
    keys: "g p",
    filters: { status: UNRESOLVED, sla: "paused" },
  },
  DEFAULT_VIEW,
  {
    id: "resolved",
    label: "Resolved",
    keys: "g d",
    filters: { status: "resolved", sort: "-updated_at" },
  },
];
