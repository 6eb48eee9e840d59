/** Local days of a time zone, from `Intl` alone. Pure. */

const DAY_MS = 86_400_000;
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let format = formatters.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(timeZone, format);
  }
  return format;
}

/** The wall clock at an instant, written as if it were UTC (milliseconds). */
export function wall(instant: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(instant))
    parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The instant of a wall clock time; one that a change of offset skips moves on. */
export function instantOf(wallTime: number, timeZone: string): number {
  let guess = wallTime;
  // Twice: the first guess may lie on the other side of a change of offset.
  for (let i = 0; i < 2; i++) guess -= wall(guess, timeZone) - wallTime;
  return guess;
}

export type LocalDay = { start: number; end: number };

/** The local day that holds an instant; 23 or 25 hours long when the clocks change. */
export function localDay(instant: number, timeZone: string): LocalDay {
  const local = wall(instant, timeZone);
  const midnight = local - (((local % DAY_MS) + DAY_MS) % DAY_MS);
  return {
    start: instantOf(midnight, timeZone),
    end: instantOf(midnight + DAY_MS, timeZone),
  };
}
