/** Maintenance windows as forms and sentences. Pure. */
import { t } from "@lingui/core/macro";
import type {
  MaintenanceWindow,
  WindowCreate,
  WindowMatch,
  WindowUpdate,
} from "../../api/types";
import { fromWallTime, fullHour, toWallTime } from "../../ui/wallTime";

export type Values = {
  name: string;
  note: string;
  starts_at: string;
  ends_at: string;
  match: { team_ids: string[]; organization_ids: string[]; tags: string[] };
};

const MATCHES = ["team_ids", "organization_ids", "tags"] as const;

/** What the form begins with. */
export function valuesOf(
  window: MaintenanceWindow | null,
  timeZone: string,
  now: number,
): Values {
  return {
    name: window?.name ?? "",
    note: window?.note ?? "",
    starts_at: toWallTime(window?.starts_at ?? fullHour(now, 1), timeZone),
    ends_at: toWallTime(window?.ends_at ?? fullHour(now, 3), timeZone),
    match: {
      team_ids: window?.match.team_ids ?? [],
      organization_ids: window?.match.organization_ids ?? [],
      tags: window?.match.tags ?? [],
    },
  };
}

/** Fields that are missing, as the API would say it of them. */
export function missing(values: Values, timeZone: string): Record<string, string> {
  const errors: Record<string, string> = {};
  if (!values.name.trim()) errors.name = t`Give it a name: people read it.`;
  for (const field of ["starts_at", "ends_at"] as const)
    if (!fromWallTime(values[field], timeZone)) errors[field] = t`Choose day and time.`;
  return errors;
}

function matchOf(values: Values): WindowMatch {
  const match: WindowMatch = {};
  for (const field of MATCHES)
    if (values.match[field].length) match[field] = values.match[field];
  return match;
}

/** A new window; the times were checked before. */
export function creation(values: Values, timeZone: string): WindowCreate {
  return {
    name: values.name.trim(),
    note: values.note.trim() || null,
    starts_at: fromWallTime(values.starts_at, timeZone) ?? "",
    ends_at: fromWallTime(values.ends_at, timeZone) ?? "",
    match: matchOf(values),
  };
}

/** Only what was changed: of a window that runs, start and match cannot be sent. */
export function update(values: Values, before: Values, timeZone: string): WindowUpdate {
  const all = creation(values, timeZone);
  const old = creation(before, timeZone);
  const changed = Object.entries(all).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(old[name as keyof WindowCreate]),
  );
  return Object.fromEntries(changed) as WindowUpdate;
}

export type Names = { teams: Map<string, string>; organizations: Map<string, string> };

/** Which incidents a window is for. */
export function matchWords(match: WindowMatch, names: Names): string {
  const either = (words: string[]) => words.reduce((a, b) => t`${a} or ${b}`);
  const named = (ids: string[], known: Map<string, string>) =>
    either(ids.map((id) => known.get(id) ?? "…"));
  const parts = [
    match.team_ids?.length && t`team ${{ names: named(match.team_ids, names.teams) }}`,
    match.organization_ids?.length &&
      t`organization ${{ names: named(match.organization_ids, names.organizations) }}`,
    match.tags?.length && t`tag ${{ names: either(match.tags) }}`,
  ].filter((part) => typeof part === "string");
  if (parts.length === 0) return t`Every open incident`;
  const words = parts.reduce((a, b) => t`${a} and ${b}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

export const GROUPS = [
  { title: t`Running`, statuses: ["running"], newestFirst: false },
  { title: t`Announced`, statuses: ["announced"], newestFirst: false },
  { title: t`Over`, statuses: ["ended", "cancelled"], newestFirst: true },
] as const;

/** The groups that have windows; what comes next stands first among the announced. */
export function grouped(windows: MaintenanceWindow[]) {
  return GROUPS.map(({ title, statuses, newestFirst }) => {
    const members = windows.filter((w) =>
      (statuses as readonly string[]).includes(w.status),
    );
    return { title, members: newestFirst ? members : members.reverse() };
  }).filter((group) => group.members.length > 0);
}
