/** A working week as people draw it: intervals in minutes of the day. Pure. */

import { t } from "@lingui/core/macro";
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export const WEEKDAY_WORDS: Record<Weekday, string> = {
  mon: t`Monday`,
  tue: t`Tuesday`,
  wed: t`Wednesday`,
  thu: t`Thursday`,
  fri: t`Friday`,
  sat: t`Saturday`,
  sun: t`Sunday`,
};

/** Each is what its word begins with. */
export const WEEKDAY_SHORT: Record<Weekday, string> = {
  mon: t`Mon`,
  tue: t`Tue`,
  wed: t`Wed`,
  thu: t`Thu`,
  fri: t`Fri`,
  sat: t`Sat`,
  sun: t`Sun`,
};

/** Half open, `from` before `to`; fractions are seconds that somebody wrote by API. */
export type Interval = { from: number; to: number };
export type Week = Record<Weekday, Interval[]>;
/** As the API has it; `null` is around the clock. */
export type WeeklyHours = Record<string, [string, string][]>;

export const DAY_MINUTES = 1440;
export const SNAP = 15;

const pad = (n: number) => String(n).padStart(2, "0");

export function formatTime(minutes: number): string {
  const seconds = Math.round(minutes * 60);
  const text = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}`;
  return seconds % 60 ? `${text}:${pad(seconds % 60)}` : text;
}

/** `9`, `9:30`, `0930`, `9.30`, `24:00`; `null` for what is no time of day. */
export function parseTime(text: string): number | null {
  const match = /^(\d{1,2})(?:[:.h]?(\d{2}))?(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return null;
  const [hour, minute, second] = [match[1], match[2], match[3]].map((n) =>
    Number(n ?? 0),
  );
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (minute > 59 || second > 59) return null;
  const minutes = hour * 60 + minute + second / 60;
  return minutes <= DAY_MINUTES ? minutes : null;
}

export const emptyWeek = (): Week => ({
  mon: [],
  tue: [],
  wed: [],
  thu: [],
  fri: [],
  sat: [],
  sun: [],
});

/** What most people start from. */
export function officeWeek(): Week {
  const week = emptyWeek();
  for (const day of WEEKDAYS.slice(0, 5)) week[day] = [{ from: 540, to: 1020 }];
  return week;
}

export function fromHours(hours: WeeklyHours): Week {
  const week = emptyWeek();
  for (const day of WEEKDAYS)
    week[day] = (hours[day] ?? [])
      .map(([from, to]) => ({ from: parseTime(from) ?? 0, to: parseTime(to) ?? 0 }))
      .sort((a, b) => a.from - b.from);
  return week;
}

/** Days without hours are left out. */
export function toHours(week: Week): WeeklyHours {
  const hours: WeeklyHours = {};
  for (const day of WEEKDAYS)
    if (week[day].length > 0)
      hours[day] = week[day].map(({ from, to }) => [formatTime(from), formatTime(to)]);
  return hours;
}

export function formatDay(intervals: Interval[]): string {
  return intervals
    .map(({ from, to }) => `${formatTime(from)}–${formatTime(to)}`)
    .join(", ");
}

type Parsed = { intervals: Interval[] } | { error: string };

/** `9-12, 13-18`; nothing at all is a closed day. */
export function parseDay(text: string): Parsed {
  const parts = text
    .replace(/closed|geschlossen/i, "")
    .split(/[,;]|\b(?:and|und)\b/)
    .map((part) => part.trim())
    .filter(Boolean);
  const intervals: Interval[] = [];
  for (const part of parts) {
    const [from, to, more] = part
      .split(/\s*(?:-|–|—|\b(?:to|bis)\b)\s*/)
      .map(parseTime);
    if (from == null || to == null || more !== undefined)
      return { error: t`Write hours like 09:00–12:00, 13:00–18:00` };
    if (from >= to)
      return {
        error: t`${{ from: formatTime(from) }} is not before ${{ to: formatTime(to) }}. Split a night at 24:00`,
      };
    intervals.push({ from, to });
  }
  intervals.sort((a, b) => a.from - b.from);
  const clash = intervals.find((one, i) => one.from < (intervals[i - 1]?.to ?? 0));
  if (clash)
    return { error: t`The hours from ${{ time: formatTime(clash.from) }} overlap` };
  return { intervals };
}

export function workingMinutes(intervals: Interval[]): number {
  return intervals.reduce((sum, { from, to }) => sum + to - from, 0);
}

export const snap = (minutes: number) => Math.round(minutes / SNAP) * SNAP;

const clamp = (value: number, low: number, high: number) =>
  Math.min(Math.max(value, low), high);

function replaced(intervals: Interval[], index: number, by: Interval): Interval[] {
  return intervals.map((one, i) => (i === index ? by : one));
}

/** Where an interval may go without touching its neighbours. */
function room(intervals: Interval[], index: number): Interval {
  return {
    from: intervals[index - 1]?.to ?? 0,
    to: intervals[index + 1]?.from ?? DAY_MINUTES,
  };
}

/** Moves a whole interval so that it begins at `from`, as far as there is room. */
export function moved(intervals: Interval[], index: number, from: number): Interval[] {
  const one = intervals[index];
  if (!one) return intervals;
  const { from: low, to: high } = room(intervals, index);
  const length = one.to - one.from;
  const start = clamp(from, low, high - length);
  return replaced(intervals, index, { from: start, to: start + length });
}

export function startMoved(
  intervals: Interval[],
  index: number,
  from: number,
): Interval[] {
  const one = intervals[index];
  if (!one) return intervals;
  const low = room(intervals, index).from;
  const start = clamp(from, low, Math.max(low, one.to - SNAP));
  return replaced(intervals, index, { from: start, to: one.to });
}

export function endMoved(intervals: Interval[], index: number, to: number): Interval[] {
  const one = intervals[index];
  if (!one) return intervals;
  const high = room(intervals, index).to;
  const end = clamp(to, Math.min(high, one.from + SNAP), high);
  return replaced(intervals, index, { from: one.from, to: end });
}

type Added = { intervals: Interval[]; index: number };

/** Adds an interval around a free moment; `null` where there is no room. */
export function added(intervals: Interval[], from: number, to: number): Added | null {
  const index = intervals.filter((one) => one.from <= from).length;
  const low = intervals[index - 1]?.to ?? 0;
  const high = intervals[index]?.from ?? DAY_MINUTES;
  const one = { from: Math.max(from, low), to: Math.min(to, high) };
  if (one.to - one.from < SNAP) return null;
  return { intervals: intervals.toSpliced(index, 0, one), index };
}

/** The first free stretch that people would choose: an hour in the day's middle. */
export function addedSomewhere(intervals: Interval[]): Added | null {
  if (intervals.length === 0) return added(intervals, 540, 1020);
  const last = intervals.at(-1) as Interval;
  const after = Math.min(last.to + 60, DAY_MINUTES - 60);
  return (
    added(intervals, after, after + 60) ??
    added(intervals, last.to, last.to + 60) ??
    added(intervals, 0, 60)
  );
}

/** The week with one day's hours on other days, too. */
export function copied(week: Week, from: Weekday, to: readonly Weekday[]): Week {
  const next = { ...week };
  for (const day of to) next[day] = week[from].map((one) => ({ ...one }));
  return next;
}

/** `Mon–Fri 09:00–17:00; Sat 10:00–14:00`, days of the same hours together. */
export function describeWeek(week: Week): string {
  const groups: { days: Weekday[]; hours: string }[] = [];
  for (const day of WEEKDAYS) {
    const hours = formatDay(week[day]);
    const last = groups.at(-1);
    if (last?.hours === hours) last.days.push(day);
    else groups.push({ days: [day], hours });
  }
  const short = (day: Weekday) => WEEKDAY_SHORT[day];
  const text = groups
    .filter((group) => group.hours)
    .map(({ days, hours }) => {
      const [first, last] = [days[0] as Weekday, days.at(-1) as Weekday];
      const span = first === last ? short(first) : `${short(first)}–${short(last)}`;
      return `${span} ${hours}`;
    });
  return text.join("; ") || t`No working time`;
}
