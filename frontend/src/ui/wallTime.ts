/** Instants in fields of the type `datetime-local`, which know no zone. Pure. */
import { instantOf, wall } from "../features/sla/zone";

const WALL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/;

/** What a field shows for an instant. */
export function toWallTime(iso: string, timeZone: string): string {
  return new Date(wall(Date.parse(iso), timeZone)).toISOString().slice(0, 16);
}

/** The instant that a field means, or `null` when it is not filled in. */
export function fromWallTime(text: string, timeZone: string): string | null {
  const time = WALL.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(instantOf(time, timeZone)).toISOString();
}

const HOUR_MS = 3_600_000;

/** The next full hour after an instant, moved on by some hours. */
export function fullHour(now: number, hoursLater = 0): string {
  return new Date((Math.floor(now / HOUR_MS) + 1 + hoursLater) * HOUR_MS).toISOString();
}
