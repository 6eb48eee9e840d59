/** The queue in groups: by what, and how their rows stand together. */
import type { Group, Incident } from "../../api/types";
import type { Section } from "../../ui/lines";
import { type Filters, PRIORITY_WORDS, SLA_WORDS } from "./filters";

export const GROUPINGS = ["team", "assignee", "priority", "sla"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const GROUPING_WORDS: Record<Grouping, string> = {
  team: "Team",
  assignee: "Assignee",
  priority: "Priority",
  sla: "SLA state",
};

/** Reporters work with neither teams nor assignees. */
export const REPORTER_GROUPINGS: readonly Grouping[] = ["priority", "sla"];

export function readGrouping(value: unknown): Grouping | undefined {
  return GROUPINGS.find((one) => one === value);
}

const NOBODY: Partial<Record<Grouping, string>> = {
  team: "No team",
  assignee: "Nobody",
};

export function labelOf(by: Grouping, { value, name }: Group): string {
  const words: Record<string, string> = { ...PRIORITY_WORDS, ...SLA_WORDS };
  return name ?? NOBODY[by] ?? words[value] ?? value;
}

/** The filters whose list is the group. */
export function filtersOfGroup(filters: Filters, by: Grouping, value: string): Filters {
  return { ...filters, [by]: value };
}

/** What of a group has come, and whether there is more. */
export type Loaded = { rows: Incident[]; hasMore: boolean };

/** Groups as sections, with places for what has not come: nothing jumps when it does. */
export function assemble(
  by: Grouping,
  groups: Group[],
  loaded: ReadonlyMap<string, Loaded>,
  closed: ReadonlySet<string>,
  page: number,
): { rows: Incident[]; sections: Section[] } {
  const rows: Incident[] = [];
  const sections = groups.map((group): Section => {
    const open = !closed.has(group.value);
    const found = loaded.get(group.value);
    if (open && found) rows.push(...found.rows);
    const have = found?.rows.length ?? 0;
    const missing = Math.min(page, Math.max(group.count - have, 0));
    return {
      key: group.value,
      label: labelOf(by, group),
      count: group.count,
      open,
      rows: have,
      pending: found ? (found.hasMore ? Math.max(missing, 1) : 0) : missing,
    };
  });
  return { rows, sections };
}
