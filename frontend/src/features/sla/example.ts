/** Examples of deadlines, from steps that the simulator answers. Pure. */
import type { ExplainedClock, Simulation } from "../../api/types";
import { intlTag } from "../../i18n";
import type { SetClock } from "./fuse";
import { instantOf, wall } from "./zone";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

type SimulatedStep = Simulation["clocks"]["resolution"]["steps"][number];

/**
 * The next time that it is a weekday (0 is Monday) and a minute of the day in a zone,
 * tomorrow at the earliest.
 */
export function nextAt(
  weekday: number,
  minutes: number,
  timeZone: string,
  now: number,
): string {
  const local = wall(now, timeZone);
  const midnight = local - (((local % DAY_MS) + DAY_MS) % DAY_MS) + DAY_MS;
  const from = (new Date(midnight).getUTCDay() + 6) % 7;
  const day = midnight + ((weekday - from + 7) % 7) * DAY_MS;
  return new Date(instantOf(day + minutes * MINUTE_MS, timeZone)).toISOString();
}

/** The first instant at which so much working time has been counted. */
export function instantAfter(
  steps: readonly SimulatedStep[],
  seconds: number,
): string | null {
  const step = steps.find((s) => s.kind === "work" && s.total_seconds >= seconds);
  if (!step) return null;
  const missing = seconds - (step.total_seconds - step.counted_seconds);
  return new Date(Date.parse(step.from) + missing * 1000).toISOString();
}

type Example = {
  kind: "response" | "resolution";
  at: string;
  seconds: number;
  steps: readonly SimulatedStep[];
};

/** A clock as the ribbon draws it; `null` when the steps do not reach the target. */
export function exampleClock({
  kind,
  at,
  seconds,
  steps,
}: Example): SetClock<ExplainedClock> | null {
  const deadline = instantAfter(steps, seconds);
  if (!deadline) return null;
  return {
    kind,
    status: "running",
    target_seconds: seconds,
    started_at: at,
    deadline,
    projected_deadline: null,
    warn_at: null,
    stopped_at: null,
    breached_at: null,
    remaining_seconds: seconds,
    elapsed_seconds: 0,
    paused_seconds: 0,
    marks: [],
    steps: steps
      .filter((step) => Date.parse(step.from) < Date.parse(deadline))
      .map((step) => ({
        ...step,
        to: Date.parse(step.to) < Date.parse(deadline) ? step.to : deadline,
        actor: null,
      })),
  };
}

const due = new Map<string, Intl.DateTimeFormat>();

/** `Monday 30 Nov at 12:30`, in the calendar's zone. */
export function dueWords(
  iso: string,
  timeZone: string,
  weekday: "long" | "short" = "long",
): string {
  const key = `${weekday} ${timeZone}`;
  let format = due.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(intlTag(), {
      timeZone,
      hourCycle: "h23",
      weekday,
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    due.set(key, format);
  }
  return format.format(new Date(iso));
}
