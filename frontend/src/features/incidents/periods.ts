/** When incidents were created, as the service reads it: `today`, `7d`, `2026-11-01..`. */

const SPAN = /^([1-9]\d{0,3})([hdw])$/;
const DAYS = /^(\d{4}-\d\d-\d\d)?(\.\.)?(\d{4}-\d\d-\d\d)?$/;
const UNITS: Record<string, [string, string]> = {
  h: ["hour", "hours"],
  d: ["day", "days"],
  w: ["week", "weeks"],
};
const NAMED: Record<string, string> = { today: "Today", yesterday: "Yesterday" };

export const PERIODS = ["today", "yesterday", "24h", "7d", "30d"] as const;
export const PERIOD_HINT =
  "Use today, yesterday, 24h, 7d, 2026-11-23 or 2026-11-01..2026-11-23.";

const isDay = (text: string) => {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};

/** The first and the last day of a period that has any. */
export function daysOf(text: string): { from?: string; to?: string } | null {
  const match = DAYS.exec(text);
  if (!match) return null;
  const [, from, dots, end] = match;
  const to = dots ? end : from;
  if ((!from && !to) || (!dots && end)) return null;
  if ((from && !isDay(from)) || (to && !isDay(to))) return null;
  if (from && to && from > to) return null;
  return { from, to };
}

export function isPeriod(text: string): boolean {
  return text in NAMED || SPAN.test(text) || daysOf(text) !== null;
}

/** As a period of days is written; nothing without any day. */
export function periodOf(from: string | undefined, to: string | undefined) {
  if (from && from === to) return from;
  return from || to ? `${from ?? ""}..${to ?? ""}` : undefined;
}

const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const written = (text: string) => day.format(new Date(`${text}T00:00:00Z`));

/** "Last 7 days", "since 1 Nov 2026". */
export function periodWords(text: string): string {
  const [, count, unit] = SPAN.exec(text) ?? [];
  if (count && unit) {
    const [one, many] = UNITS[unit] ?? ["", ""];
    return count === "1" ? `Last ${one}` : `Last ${count} ${many}`;
  }
  const { from, to } = daysOf(text) ?? {};
  if (from && to)
    return from === to ? written(from) : `${written(from)} – ${written(to)}`;
  if (from) return `Since ${written(from)}`;
  return to ? `Until ${written(to)}` : (NAMED[text] ?? text);
}
