import { t } from "@lingui/core/macro";
import { intlTag } from "../i18n";

/** Words for instants and spans, in the person's time zone. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

const pad = (n: number) => String(n).padStart(2, "0");

/** `6 d 04 h`, `3 h 12 m`, `42 m`, `09:41` under ten minutes; sign is dropped. */
export function formatSpan(seconds: number): string {
  const s = Math.floor(Math.abs(seconds));
  if (s >= 2 * DAY)
    return t`${Math.floor(s / DAY)} d ${pad(Math.floor((s % DAY) / HOUR))} h`;
  if (s >= HOUR)
    return t`${Math.floor(s / HOUR)} h ${pad(Math.floor((s % HOUR) / MINUTE))} m`;
  if (s >= 10 * MINUTE) return t`${Math.floor(s / MINUTE)} m`;
  return `${pad(Math.floor(s / MINUTE))}:${pad(s % MINUTE)}`;
}

/** Like `formatSpan`, but whole minutes below an hour and never ticking seconds. */
export function formatStillSpan(seconds: number): string {
  const s = Math.abs(seconds);
  if (s >= HOUR) return formatSpan(s);
  return s >= MINUTE ? t`${Math.floor(s / MINUTE)} m` : t`${Math.floor(s)} s`;
}

/** A promise as people write it: `4 h`, `30 m`, `7 d`, `1 h 30 m`. */
export function formatTarget(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  const units: [number, (n: number) => string][] = [
    [DAY, (n) => t`${n} d`],
    [HOUR, (n) => t`${n} h`],
    [MINUTE, (n) => t`${n} m`],
    [1, (n) => t`${n} s`],
  ];
  for (const [size, words] of units) {
    // 24 h and 72 h read better in hours than in days.
    if (size === DAY && (rest < 7 * DAY || rest % DAY)) continue;
    const n = Math.floor(rest / size);
    if (n) parts.push(words(n));
    rest -= n * size;
  }
  return parts.slice(0, 2).join(" ") || t`0 s`;
}

const cache = new Map<string, Intl.DateTimeFormat>();

function formatter(
  key: string,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(intlTag(), { hourCycle: "h23", ...options });
    cache.set(key, format);
  }
  return format;
}

/** `Tue 3 Mar 2026, 14:05:09 CET`: full, with the zone's name. */
export function formatInstant(iso: string, timeZone: string): string {
  return formatter(`full ${timeZone}`, {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  }).format(new Date(iso));
}

/** `3 Mar, 14:05`, with the year when it is not this one. */
export function formatMoment(iso: string, timeZone: string, now = Date.now()): string {
  const date = new Date(iso);
  const withYear = date.getUTCFullYear() !== new Date(now).getUTCFullYear();
  return formatter(`moment ${timeZone} ${withYear}`, {
    timeZone,
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    ...(withYear ? { year: "numeric" } : {}),
  }).format(date);
}

/** `7 Mar, 22:00 – 23:30`, with the second day where it is another. */
export function formatPeriod(
  from: string,
  to: string,
  timeZone: string,
  now = Date.now(),
): string {
  const [begin, end] = [from, to].map((iso) => formatMoment(iso, timeZone, now));
  const isSameDay = begin?.slice(0, -5) === end?.slice(0, -5);
  return `${begin} – ${isSameDay ? end?.slice(-5) : end}`;
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, then the date. */
export function formatAgo(iso: string, now: number, timeZone: string): string {
  const s = (now - Date.parse(iso)) / 1000;
  if (s < 45) return t`just now`;
  if (s < 45 * MINUTE) return t`${Math.max(1, Math.round(s / MINUTE))} min ago`;
  if (s < 24 * HOUR) return t`${Math.max(1, Math.round(s / HOUR))} h ago`;
  if (s < 7 * DAY) return t`${Math.round(s / DAY)} d ago`;
  return formatDate(iso, timeZone, now);
}

/** `3 Mar`, with the year when it is not this one. */
function formatDate(iso: string, timeZone: string, now: number): string {
  return formatMoment(iso, timeZone, now).replace(/,? \d\d:\d\d$/, "");
}

const TENTHS = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(0)} kB`;
  return `${(bytes / 1024 ** 2).toLocaleString(intlTag(), TENTHS)} MB`;
}
