import { useMediaQuery } from "@mantine/hooks";
import type { CSSProperties } from "react";
import type { ExplainedClock } from "../../api/types";
import type { SetClock } from "./fuse";
import classes from "./Ribbon.module.css";
import {
  buildRibbon,
  type Day,
  type Mark,
  type MarkKind,
  type SegmentKind,
} from "./ribbon";

const MARK_WORDS: Record<MarkKind, string> = {
  created: "created",
  answered: "answered",
  stopped: "resolved",
  warning: "warning",
  now: "now",
  deadline: "deadline",
};

const LEGEND: [SegmentKind, string][] = [
  ["work", "counts"],
  ["closed", "closed"],
  ["paused", "paused"],
  ["overdue", "overdue"],
];

/** An example is neither paused nor overdue. */
const PLAIN = 2;
const LANE_PX = 16;
const STRIP_PX = 28;
/** Narrower pieces have no room for words. */
const WORDS_FROM = 0.12;

type Props = {
  clock: SetClock<ExplainedClock>;
  timeZone: string;
  asOf: string | null;
  answeredAt: string | null;
};

/** One strip a day: what counted, what did not, and where the deadline fell. */
export function Ribbon({ clock, timeZone, asOf, answeredAt }: Props) {
  const phone = useMediaQuery("(max-width: 700px)");
  // Examples stand in a narrow column.
  const labelShare = phone || !asOf ? 0.3 : undefined;
  const ribbon = buildRibbon({ clock, timeZone, asOf, answeredAt, labelShare });
  const paused = !clock.deadline;
  return (
    <div className={classes.ribbon} aria-hidden>
      <div className={classes.axis}>
        <span />
        <div className={classes.hours}>
          {[0, 6, 12, 18, 24].map((hour) => (
            <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
              {String(hour).padStart(2, "0")}
            </span>
          ))}
        </div>
      </div>
      {ribbon.days.map((day, i) => (
        <div key={day.start}>
          {ribbon.skipped > 0 && i === Math.floor(ribbon.days.length / 2) && (
            <div className={classes.gap}>… {ribbon.skipped} days in between …</div>
          )}
          <Strip day={day} timeZone={timeZone} projected={paused} />
        </div>
      ))}
      <div className={classes.legend}>
        {LEGEND.slice(0, asOf ? LEGEND.length : PLAIN).map(([kind, word]) => (
          <span key={kind} className={classes.key}>
            <i className={`${classes.segment} ${classes[kind]} ${classes.swatch}`} />
            {word}
          </span>
        ))}
        <span>Hours in {timeZone}</span>
      </div>
    </div>
  );
}

type StripProps = { day: Day; timeZone: string; projected: boolean };

function Strip({ day, timeZone, projected }: StripProps) {
  const hours = Math.round((day.end - day.start) / 3_600_000);
  const date = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
  }).format(day.start + 3_600_000);
  return (
    <div className={classes.day}>
      <div className={classes.date}>
        {date}
        {hours !== 24 && <small>{hours} h, the clocks change</small>}
      </div>
      <div>
        <div className={classes.strip}>
          {day.segments.map((s) => (
            <div
              key={`${s.kind} ${s.from}`}
              className={`${classes.segment} ${classes[s.kind]}`}
              style={{ left: `${s.from * 100}%`, width: `${(s.to - s.from) * 100}%` }}
              title={s.label || s.kind}
            >
              {s.to - s.from > WORDS_FROM && s.label && <span>{s.label}</span>}
            </div>
          ))}
        </div>
        <div className={classes.marks} style={{ height: day.lanes * LANE_PX }}>
          {day.marks.map((mark) => (
            <MarkLine
              key={mark.kind}
              mark={mark}
              timeZone={timeZone}
              word={
                projected && mark.kind === "deadline"
                  ? "deadline if resumed now"
                  : MARK_WORDS[mark.kind]
              }
            />
          ))}
        </div>
      </div>
    </div>
  );
}

type MarkProps = { mark: Mark; timeZone: string; word: string };

function MarkLine({ mark, timeZone, word }: MarkProps) {
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
  }).format(mark.instant);
  const style: CSSProperties = {
    left: `${mark.at * 100}%`,
    height: STRIP_PX + 2 + (mark.lane + 1) * LANE_PX,
  };
  return (
    <div
      className={`${classes.mark} ${classes[mark.kind]}`}
      style={style}
      data-flip={mark.at > 0.84}
    >
      <span>
        {time} {word}
      </span>
    </div>
  );
}
