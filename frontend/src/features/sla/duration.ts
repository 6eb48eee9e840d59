/** Durations as people type them: `30m`, `4 h`, `1d 12h`, `90` (minutes). Pure. */

import { t } from "@lingui/core/macro";

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
/** Units as other languages write them. */
const MORE_UNITS: Record<string, number> = { min: 60, t: 86_400 };

const UNIT_WORDS: Record<string, (n: number) => string> = {
  s: (n) => t`${n} s`,
  m: (n) => t`${n} m`,
  h: (n) => t`${n} h`,
  d: (n) => t`${n} d`,
};

/** Seconds, or `null` when the text is not a duration above zero. */
export function parseDuration(text: string): number | null {
  const compact = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(compact)) return positive(Number(compact) * 60);
  if (!/^(\d+(\.\d+)?\s*(min|[smhdt])\s*)+$/.test(compact)) return null;
  let seconds = 0;
  for (const [, amount, unit] of compact.matchAll(/(\d+(?:\.\d+)?)\s*(min|[smhdt])/g))
    seconds += Number(amount) * ({ ...UNITS, ...MORE_UNITS }[unit ?? ""] ?? 0);
  return positive(seconds);
}

function positive(seconds: number): number | null {
  return seconds > 0 ? Math.round(seconds) : null;
}

/** All of a duration, as it can be typed again: `4 h`, `7 d`, `1 h 30 m`. */
export function formatDuration(seconds: number): string {
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [unit, size] of Object.entries(UNITS).reverse()) {
    // 24 h and 72 h read better in hours than in days.
    if (unit === "d" && (rest < 7 * size || rest % size)) continue;
    const n = Math.floor(rest / size);
    if (n) parts.push(UNIT_WORDS[unit]?.(n) ?? "");
    rest -= n * size;
  }
  return parts.join(" ") || t`0 s`;
}
