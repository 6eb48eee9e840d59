/** The ribbon's drawing as data: one strip a local day, with stretches and marks. Pure. */
import { t } from "@lingui/core/macro";
import type { ExplainedClock, Step } from "../../api/types";
import { formatTarget } from "../../ui/time";
import type { SetClock } from "./fuse";
import { byWhom, isMaintenance, pauseWords } from "./pauseWords";
import { type LocalDay, localDay } from "./zone";

export type StretchKind =
  | "work"
  | "closed"
  | "holiday"
  | "paused"
  | "maintenance"
  | "overdue";

export type MarkKind =
  | "created"
  | "answered"
  | "stopped"
  | "warning"
  | "escalation"
  | "now"
  | "deadline";

/** A stretch of time that was all of one kind; instants in milliseconds. */
export type Stretch = {
  kind: StretchKind;
  from: number;
  to: number;
  /** What is drawn on it; empty when its look says all. */
  label: string;
  /** The code of a pause's reason. */
  reason: string | null;
  counted: number;
  total: number;
  who: string | null;
};

/** The part of a stretch that lies in a day; positions are shares of it, 0..1. */
export type Segment = {
  stretch: number;
  from: number;
  to: number;
  /** Whether the stretch begins in it, as far as it is drawn. */
  first: boolean;
};

export type Mark = {
  kind: MarkKind;
  instant: number;
  words: string;
  at: number;
  lane: number;
  /** The words stand left of the line, where there is no room at its right. */
  flipped: boolean;
};

export type Day = LocalDay & {
  type: "day";
  segments: Segment[];
  marks: Mark[];
  lanes: number;
};

/** Days one like the other: told in a line. */
export type Calm = LocalDay & {
  type: "calm";
  days: Day[];
  working: number;
  counted: number;
};

export type Ribbon = { stretches: Stretch[]; rows: (Day | Calm)[] };

type Options = {
  clock: SetClock<ExplainedClock>;
  timeZone: string;
  /** Without a present it is an example. */
  asOf: string | null;
  /** When the first answer was given, for the marks of both clocks. */
  answeredAt: string | null;
  /** How wide a day is drawn, for words that must not lie over each other. */
  width?: number;
};

/** So many alike in a row are told in a line. */
const CALM_DAYS = 3;
const MIN_SHARE = 1e-6;
const WIDTH_PX = 880;
const LETTER_PX = 6;
const PADDING_PX = 12;

const ms = (iso: string) => Date.parse(iso);

export function buildRibbon(options: Options): Ribbon {
  const { timeZone, width = WIDTH_PX } = options;
  const moments = collectMoments(options);
  const stretches = collectStretches(options);
  const end = Math.max(...moments.map((m) => m.instant), ...stretches.map((s) => s.to));
  const days: Day[] = [];
  let next = 0;
  for (
    let day = localDay(ms(options.clock.started_at), timeZone);
    day.start <= end;
    day = localDay(day.end + 1, timeZone)
  ) {
    // Years have thousands of stretches: each is looked at on its own days only.
    while ((stretches[next]?.to ?? Number.POSITIVE_INFINITY) <= day.start) next++;
    days.push({
      ...day,
      type: "day",
      segments: segmentsOf(day, stretches, next),
      ...marksOf(day, moments, width),
    });
  }
  return { stretches, rows: calmed(days, stretches) };
}

type Moment = { kind: MarkKind; instant: number; words: string };

function collectMoments({ clock, asOf, answeredAt }: Options): Moment[] {
  const moments: Moment[] = [];
  const add = (kind: MarkKind, iso: string | null | undefined, words: string) => {
    if (iso) moments.push({ kind, instant: ms(iso), words });
  };
  add("created", clock.started_at, t`created`);
  if (answeredAt && ms(answeredAt) !== ms(clock.stopped_at ?? ""))
    add("answered", answeredAt, t`answered`);
  if (clock.kind === "response") add("answered", clock.stopped_at, t`answered`);
  else add("stopped", clock.stopped_at, t`resolved`);
  for (const mark of clock.marks)
    add(mark.type === "warned" ? "warning" : "escalation", mark.at, markWords(mark));
  if (clock.deadline) add("deadline", clock.deadline, t`deadline`);
  else add("deadline", clock.projected_deadline, t`deadline if resumed now`);
  if (!clock.stopped_at) add("now", asOf, t`now`);
  return moments.sort((a, b) => a.instant - b.instant);
}

function markWords(mark: ExplainedClock["marks"][number]): string {
  if (mark.type === "escalated") return t`escalation: ${{ name: mark.name ?? "" }}`;
  if (mark.percent) return t`warning, ${{ percent: mark.percent }} %`;
  return mark.seconds_before
    ? t`warning, ${{ time: formatTarget(mark.seconds_before) }} before`
    : t`warning`;
}

function collectStretches({ clock, asOf }: Options): Stretch[] {
  const stretches: Stretch[] = clock.steps.map((step) => ({
    kind: kindOf(step),
    from: ms(step.from),
    to: ms(step.to),
    label: labelOf(step),
    reason: step.reason ?? null,
    counted: step.counted_seconds,
    total: step.total_seconds,
    who: step.actor?.name ?? null,
  }));
  const until = clock.stopped_at ?? asOf;
  const deadline = clock.deadline;
  if (until && deadline && ms(until) > ms(deadline))
    stretches.push({
      kind: "overdue",
      from: ms(deadline),
      to: ms(until),
      label: t`overdue`,
      reason: null,
      counted: 0,
      total: clock.target_seconds,
      who: null,
    });
  return stretches;
}

function kindOf(step: Step): StretchKind {
  if (step.kind === "paused")
    return isMaintenance(step.reason ?? "") ? "maintenance" : "paused";
  return step.kind === "work" || step.kind === "holiday" ? step.kind : "closed";
}

function labelOf(step: Step): string {
  if (step.kind !== "paused") return step.label ?? "";
  if (step.reason === "resolved") return t`resolved`;
  return step.reason ? pauseWords(step.reason, step.label) : t`paused`;
}

const STRETCH_WORDS: Record<StretchKind, string> = {
  work: t`Working time`,
  closed: t`Closed`,
  holiday: t`Holiday`,
  paused: t`Paused`,
  maintenance: t`Maintenance`,
  overdue: t`Overdue`,
};

/** What a stretch is, without its times. */
export function stretchWords({ kind, label, reason, who }: Stretch): string {
  const what = STRETCH_WORDS[kind];
  if (reason === "resolved")
    return who ? t`Resolved by ${who}, then reopened` : t`Resolved, then reopened`;
  if (kind === "maintenance" && label) return label;
  return byWhom(label && kind !== "overdue" ? `${what}: ${label}` : what, who);
}

function segmentsOf(day: LocalDay, stretches: Stretch[], begin: number): Segment[] {
  const segments: Segment[] = [];
  for (let i = begin; i < stretches.length; i++) {
    const { from, to } = stretches[i] as Stretch;
    if (from >= day.end) break;
    const segment = {
      stretch: i,
      from: share(from, day),
      to: share(to, day),
      first: from >= day.start,
    };
    if (segment.to - segment.from > MIN_SHARE) segments.push(segment);
  }
  return segments;
}

const share = (instant: number, { start, end }: LocalDay) =>
  Math.min(1, Math.max(0, (instant - start) / (end - start)));

function marksOf(day: LocalDay, moments: Moment[], width: number) {
  const lanes: [number, number][][] = [];
  const marks = moments
    .filter((m) => m.instant >= day.start && m.instant < day.end)
    // From the right: words stand right of their line, so an earlier one goes below.
    .reverse()
    .map((moment): Mark => {
      const at = share(moment.instant, day);
      const room = (PADDING_PX + LETTER_PX * (moment.words.length + 6)) / width;
      const flipped = at + room > 1;
      const [from, to] = flipped ? [at - room, at] : [at, at + room];
      let lane = lanes.findIndex((taken) =>
        taken.every(([left, right]) => to <= left || from >= right),
      );
      if (lane < 0) lane = lanes.push([]) - 1;
      lanes[lane]?.push([from, to]);
      return { ...moment, at, lane, flipped };
    })
    .reverse();
  return { marks, lanes: lanes.length };
}

function isCalm(day: Day, stretches: Stretch[]): boolean {
  return (
    day.marks.length === 0 &&
    day.segments.every(({ stretch }) =>
      ["work", "closed"].includes(stretches[stretch]?.kind ?? ""),
    )
  );
}

/** Puts days that are alike together, where there are many in a row. */
function calmed(days: Day[], stretches: Stretch[]): Ribbon["rows"] {
  const rows: Ribbon["rows"] = [];
  let run: Day[] = [];
  const flush = () => {
    rows.push(...(run.length < CALM_DAYS ? run : [calm(run, stretches)]));
    run = [];
  };
  for (const day of days) {
    if (isCalm(day, stretches)) run.push(day);
    else {
      flush();
      rows.push(day);
    }
  }
  flush();
  return rows;
}

function calm(days: Day[], stretches: Stretch[]): Calm {
  const counted = days.map((day) =>
    day.segments
      .filter(({ stretch }) => stretches[stretch]?.kind === "work")
      .reduce((sum, s) => sum + ((s.to - s.from) * (day.end - day.start)) / 1000, 0),
  );
  return {
    type: "calm",
    start: (days[0] as Day).start,
    end: (days.at(-1) as Day).end,
    days,
    working: counted.filter((seconds) => seconds > 0).length,
    counted: counted.reduce((a, b) => a + b, 0),
  };
}
