/** The ribbon's drawing as data: one strip a local day, with segments and marks. Pure. */
import type { ExplainedClock } from "../../api/types";
import type { SetClock } from "./fuse";
import { localDay } from "./zone";

export type SegmentKind = "work" | "closed" | "holiday" | "paused" | "overdue";
export type MarkKind =
  | "created"
  | "answered"
  | "stopped"
  | "warning"
  | "now"
  | "deadline";

/** Positions are shares of the day, 0..1. */
export type Segment = {
  kind: SegmentKind;
  from: number;
  to: number;
  label: string;
};
export type Mark = { kind: MarkKind; at: number; instant: number; lane: number };
export type Day = {
  start: number;
  end: number;
  segments: Segment[];
  marks: Mark[];
  lanes: number;
};
export type Ribbon = { days: Day[]; skipped: number };

type Options = {
  clock: SetClock<ExplainedClock>;
  timeZone: string;
  /** Without a present it is an example. */
  asOf: string | null;
  /** When the first answer was given, for the marks of both clocks. */
  answeredAt: string | null;
  /** Marks nearer than this share of a day would write over each other. */
  labelShare?: number;
};

const MAX_DAYS = 28;
const LABEL_SHARE = 0.12;
const MIN_SHARE = 1e-6;

const ms = (iso: string) => Date.parse(iso);

export function buildRibbon({
  clock,
  timeZone,
  asOf,
  answeredAt,
  labelShare = LABEL_SHARE,
}: Options): Ribbon {
  const marks = collectMarks(clock, asOf, answeredAt);
  const spans = collectSpans(clock, asOf);
  const start = ms(clock.started_at);
  const end = Math.max(...marks.map((m) => m.instant), ...spans.map((s) => s.to));
  const all: Day[] = [];
  let skipped = 0;
  for (let day = localDay(start, timeZone); day.start <= end; ) {
    // A ribbon of years shows both ends; the middle is counted, not drawn.
    const nearEnd = day.start > end - (MAX_DAYS / 2) * 86_400_000;
    if (all.length < MAX_DAYS / 2 || nearEnd)
      all.push(drawDay(day, spans, marks, labelShare));
    else skipped += 1;
    day = localDay(day.end + 1, timeZone);
  }
  return { days: all, skipped };
}

type Span = { kind: SegmentKind; from: number; to: number; label: string };
type Moment = { kind: MarkKind; instant: number };

function collectMarks(
  clock: SetClock<ExplainedClock>,
  asOf: string | null,
  answeredAt: string | null,
): Moment[] {
  const marks: Moment[] = [{ kind: "created", instant: ms(clock.started_at) }];
  const add = (kind: MarkKind, iso: string | null | undefined) => {
    if (iso) marks.push({ kind, instant: ms(iso) });
  };
  if (answeredAt && ms(answeredAt) !== ms(clock.stopped_at ?? ""))
    add("answered", answeredAt);
  add(clock.kind === "response" ? "answered" : "stopped", clock.stopped_at);
  add("warning", clock.warn_at);
  add("deadline", clock.deadline ?? clock.projected_deadline);
  if (!clock.stopped_at) add("now", asOf);
  return marks.sort((a, b) => a.instant - b.instant);
}

function collectSpans(clock: SetClock<ExplainedClock>, asOf: string | null): Span[] {
  const spans: Span[] = clock.steps.map((step) => ({
    kind: segmentKind(step.kind),
    from: ms(step.from),
    to: ms(step.to),
    label: step.label ?? step.reason?.replaceAll("_", " ") ?? "",
  }));
  const until = clock.stopped_at ?? asOf;
  const end = until ? ms(until) : 0;
  if (clock.deadline && end > ms(clock.deadline))
    spans.push({
      kind: "overdue",
      from: ms(clock.deadline),
      to: end,
      label: "overdue",
    });
  return spans;
}

function segmentKind(kind: string): SegmentKind {
  return kind === "work" || kind === "holiday" || kind === "paused" ? kind : "closed";
}

function drawDay(
  day: { start: number; end: number },
  spans: Span[],
  moments: Moment[],
  labelShare: number,
): Day {
  const share = (t: number) =>
    Math.min(1, Math.max(0, (t - day.start) / (day.end - day.start)));
  const segments = spans
    .map((s) => ({ ...s, from: share(s.from), to: share(s.to) }))
    .filter((s) => s.to - s.from > MIN_SHARE);
  // From the right: labels stand right of their line, so an earlier one goes below.
  const lanes: number[] = [];
  const marks = moments
    .filter((m) => m.instant >= day.start && m.instant < day.end)
    .reverse()
    .map((m) => {
      const at = share(m.instant);
      let lane = lanes.findIndex((next) => next - at >= labelShare);
      if (lane < 0) lane = lanes.length;
      lanes[lane] = at;
      return { ...m, at, lane };
    })
    .reverse();
  return { ...day, segments, marks, lanes: lanes.length };
}
