/** What another priority or policy does to the clocks, side by side. Pure. */
import type { Clock, SlaSummary } from "../../api/types";
import { formatStillSpan } from "../../ui/time";
import { hasTarget, type SetClock } from "../sla/fuse";

export type Mode = "retarget" | "restart" | "keep";

export const MODE_TEXTS: Record<Mode, { title: string; text: string }> = {
  retarget: {
    title: "Count from the start",
    text: "As if it had been so from the beginning; pauses stay taken out.",
  },
  restart: {
    title: "Count from now",
    text: "The open clocks begin anew at this moment.",
  },
  keep: {
    title: "Keep the deadlines",
    text: "Only the priority changes; the clocks run on as they are.",
  },
};

type Clocks = SlaSummary["clocks"];

export type Effect = {
  kind: Clock["kind"];
  before: string | null;
  after: string | null;
  words: string;
  /** The colour of the words: bad news, good news, or neither. */
  tone: "breach" | "met" | "plain";
};

const dueOf = (clock: Clock | null) =>
  clock?.stopped_at ?? clock?.deadline ?? clock?.projected_deadline ?? null;

const isOver = (clock: SetClock) =>
  clock.status === "breached" || clock.remaining_seconds < 0;

/** One line for each clock that either has. */
export function effects(before: Clocks, after: Clocks): Effect[] {
  return (["response", "resolution"] as const).flatMap((kind) => {
    const [old, next] = [before[kind], after[kind]];
    if (!hasTarget(old) && !hasTarget(next)) return [];
    const dates = { kind, before: dueOf(old), after: dueOf(next) };
    return [{ ...dates, ...effect(old, next) }];
  });
}

function effect(old: Clock | null, next: Clock | null): Pick<Effect, "words" | "tone"> {
  if (!hasTarget(next)) return { words: "No target any more", tone: "plain" };
  if (next.stopped_at) return { words: "Has stopped; stays as it is", tone: "plain" };
  if (!hasTarget(old))
    return isOver(next)
      ? { words: "Breaches at once", tone: "breach" }
      : { words: "Gets a target", tone: "plain" };
  const paused = next.status === "paused" ? ", when it runs on" : "";
  if (isOver(next) && !isOver(old))
    return { words: `Breaches at once${paused}`, tone: "breach" };
  if (isOver(old) && !isOver(next))
    return { words: "Lifts the breach; the ledger keeps it", tone: "met" };
  const shift = (Date.parse(dueOf(next) ?? "") - Date.parse(dueOf(old) ?? "")) / 1000;
  // What a paused clock would run until moves on between two questions.
  if (Math.abs(shift) < 60) return { words: "Stays", tone: "plain" };
  const span = formatStillSpan(shift);
  return { words: shift < 0 ? `${span} earlier` : `${span} later`, tone: "plain" };
}

/** Whether a change of targets would do anything to the clocks. */
export function hasOpenClock(clocks: Clocks): boolean {
  return [clocks.response, clocks.resolution].some(
    (c) => hasTarget(c) && !c.stopped_at,
  );
}
