/** How a person has the queue's table: which columns, how wide, how dense, grouped by. */
import { type Grouping, readGrouping } from "./grouping";

export const COLUMNS = [
  "priority",
  "number",
  "title",
  "status",
  "due",
  "response",
  "resolution",
  "assignee",
  "team",
  "organization",
  "reporter",
  "created",
  "updated",
] as const;
export const DENSITIES = ["comfortable", "compact"] as const;

export type ColumnId = (typeof COLUMNS)[number];
export type Layout = {
  columns: ColumnId[];
  widths: Partial<Record<ColumnId, number>>;
  density: (typeof DENSITIES)[number];
  group?: Grouping;
};

export const COLUMN_WORDS: Record<ColumnId, string> = {
  priority: "Priority",
  number: "Number",
  title: "Title",
  status: "Status",
  due: "Next deadline",
  response: "Response",
  resolution: "Resolution",
  assignee: "Assignee",
  team: "Team",
  organization: "Organization",
  reporter: "Reporter",
  created: "Created",
  updated: "Updated",
};

export const DEFAULT_LAYOUT: Layout = {
  columns: [
    "priority",
    "number",
    "title",
    "status",
    "response",
    "resolution",
    "assignee",
    "updated",
  ],
  widths: {},
  density: "comfortable",
};

const WIDTHS: Record<ColumnId, number> = {
  priority: 44,
  number: 72,
  title: 180,
  status: 100,
  due: 168,
  response: 168,
  resolution: 168,
  assignee: 128,
  team: 120,
  organization: 140,
  reporter: 128,
  created: 80,
  updated: 80,
};
const MIN_WIDTH = 44;
const MAX_WIDTH = 480;
const GAP = 12;
const GUTTERS = 48;
/** Below this width of the list one column tells the deadline that comes first. */
const NARROW = 800;
const ESSENTIAL: ColumnId[] = ["priority", "number", "title", "due"];

/** What was stored, as far as it still makes sense. */
export function readLayout(stored: unknown): Layout {
  const { columns, widths, density, group } = (stored ?? {}) as Partial<
    Record<keyof Layout, unknown>
  >;
  const known = Array.isArray(columns)
    ? COLUMNS.filter((id) => columns.includes(id)).sort(
        (a, b) => columns.indexOf(a) - columns.indexOf(b),
      )
    : [];
  return {
    columns: known.includes("title") ? known : DEFAULT_LAYOUT.columns,
    widths: Object.fromEntries(
      Object.entries(widths ?? {}).flatMap(([id, width]) =>
        COLUMNS.includes(id as ColumnId) && Number.isFinite(width)
          ? [[id, bounded(width)]]
          : [],
      ),
    ),
    density: DENSITIES.find((one) => one === density) ?? DEFAULT_LAYOUT.density,
    group: readGrouping(group),
  };
}

const bounded = (width: number) =>
  Math.round(Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width)));

export function widthOf(layout: Layout, id: ColumnId): number {
  return layout.widths[id] ?? WIDTHS[id];
}

/** The columns that a list of this width has room for; the last ones go first. */
export function fitting(layout: Layout, width: number): ColumnId[] {
  const fit = width < NARROW ? [...ESSENTIAL] : [...layout.columns];
  const needed = () =>
    fit.reduce((sum, id) => sum + widthOf(layout, id) + GAP, GUTTERS - GAP);
  while (needed() > width && fit.length > ESSENTIAL.length) {
    const last = fit.findLastIndex((id) => id !== "title");
    fit.splice(last, 1);
  }
  return fit;
}

export function resized(layout: Layout, id: ColumnId, width: number): Layout {
  return { ...layout, widths: { ...layout.widths, [id]: bounded(width) } };
}

/** Shows or hides a column; one that comes back stands where it stands by default. */
export function toggled(layout: Layout, id: ColumnId): Layout {
  if (id === "title") return layout;
  const others = layout.columns.filter((one) => one !== id);
  if (others.length < layout.columns.length) return { ...layout, columns: others };
  const after = others.findLastIndex(
    (one) => COLUMNS.indexOf(one) < COLUMNS.indexOf(id),
  );
  return { ...layout, columns: others.toSpliced(after + 1, 0, id) };
}

/** Moves a column one place to the left (-1) or to the right (1). */
export function moved(layout: Layout, id: ColumnId, by: -1 | 1): Layout {
  const from = layout.columns.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= layout.columns.length) return layout;
  const columns = layout.columns.toSpliced(from, 1).toSpliced(to, 0, id);
  return { ...layout, columns };
}
