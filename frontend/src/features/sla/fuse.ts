/** What a clock shows at a given moment: words, share and tone. Pure. */
import { t } from "@lingui/core/macro";
import type { Clock } from "../../api/types";
import { formatSpan, formatStillSpan } from "../../ui/time";

export type Tone = "running" | "risk" | "breached" | "paused" | "met" | "none";

export type FuseState = {
  tone: Tone;
  text: string;
  /** Share of the target that is left, 0..1. */
  share: number;
};

/** A clock that has a target, and so a start and a rest. */
export type SetClock<C extends Clock = Clock> = C & {
  target_seconds: number;
  started_at: string;
  remaining_seconds: number;
};

export function hasTarget<C extends Clock>(
  clock: C | null | undefined,
): clock is SetClock<C> {
  return (
    clock !== null &&
    clock !== undefined &&
    clock.status !== "none" &&
    clock.target_seconds !== null &&
    clock.started_at !== null &&
    clock.remaining_seconds !== null
  );
}

/**
 * Seconds left at `now` (milliseconds). `remaining_seconds` is working time as of the
 * answer; the time until the deadline bounds it from above and ticks, so the smaller
 * one is right for a clock that runs around the clock and never too large otherwise.
 */
export function secondsLeft(clock: SetClock, now: number): number {
  if (clock.status !== "running" && clock.status !== "breached")
    return clock.remaining_seconds;
  if (clock.stopped_at || !clock.deadline) return clock.remaining_seconds;
  const wall = (Date.parse(clock.deadline) - now) / 1000;
  return clock.remaining_seconds > 0 ? Math.min(clock.remaining_seconds, wall) : wall;
}

export function fuseState(clock: Clock | null, now: number): FuseState {
  if (!hasTarget(clock)) return { tone: "none", text: t`no target`, share: 0 };
  const left = secondsLeft(clock, now);
  const share = Math.min(1, Math.max(0, left / clock.target_seconds));
  const span = formatStillSpan(left);
  if (clock.status === "met")
    return { tone: "met", text: t`met · ${span} to spare`, share };
  if (clock.status === "paused") {
    const text = left >= 0 ? t`paused · ${span} left` : t`paused · +${span} overdue`;
    return { tone: "paused", text, share };
  }
  if (clock.stopped_at)
    return { tone: "breached", text: t`missed by ${span}`, share: 0 };
  if (left <= 0)
    return {
      tone: "breached",
      text: t`+${{ span: overdueSpan(left) }} overdue`,
      share: 0,
    };
  const warned = clock.warn_at !== null && now >= Date.parse(clock.warn_at);
  return { tone: warned ? "risk" : "running", text: formatSpan(left), share };
}

function overdueSpan(left: number): string {
  return left > -60 ? formatSpan(left) : formatStillSpan(left);
}

/** The clock that people look at first: open before stopped, then the nearer deadline. */
export function leadingClock(clocks: {
  response: Clock | null;
  resolution: Clock | null;
}): Clock | null {
  const open = [clocks.response, clocks.resolution]
    .filter((c) => hasTarget(c))
    .filter((c) => !c.stopped_at);
  const due = (c: SetClock) =>
    Date.parse(c.deadline ?? c.projected_deadline ?? c.started_at);
  open.sort((a, b) => due(a) - due(b));
  return open[0] ?? clocks.resolution ?? clocks.response;
}
