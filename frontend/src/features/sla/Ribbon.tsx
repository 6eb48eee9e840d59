import { t } from "@lingui/core/macro";
import { ActionIcon } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import {
  IconChevronDown,
  IconChevronLeft,
  IconChevronRight,
  IconChevronUp,
} from "@tabler/icons-react";
import {
  type CSSProperties,
  type KeyboardEvent,
  useMemo,
  useRef,
  useState,
} from "react";
import type { ExplainedClock } from "../../api/types";
import { intlTag } from "../../i18n";
import type { SetClock } from "./fuse";
import classes from "./Ribbon.module.css";
import {
  buildRibbon,
  type Calm,
  type Day,
  type Mark,
  type Stretch,
  type StretchKind,
  stretchWords,
} from "./ribbon";
import { formatExact } from "./Steps";

const LEGEND: Record<StretchKind, string> = {
  work: t`counts`,
  closed: t`closed`,
  holiday: t`holiday`,
  paused: t`paused`,
  maintenance: t`maintenance`,
  overdue: t`overdue`,
};

const WAYS = {
  response: t`The way of the response clock, day by day`,
  resolution: t`The way of the resolution clock, day by day`,
} as const;

const LANE_PX = 16;
const STRIP_PX = 28;
/** Narrower pieces have no room for words. */
const WORDS_FROM_PX = 64;
/** More days than that are told, not drawn. */
const MOST_DAYS = 100;

/** Keys that walk through the stretches, and how far. */
const STEPS: Record<string, number> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

type Props = {
  clock: SetClock<ExplainedClock>;
  timeZone: string;
  /** Without a present it is an example: a picture beside its words. */
  asOf: string | null;
  answeredAt: string | null;
};

/** One strip a day: what counted, what did not, and where the deadline fell. */
export function Ribbon({ clock, timeZone, asOf, answeredAt }: Props) {
  const { ref, width } = useElementSize();
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const [selected, setSelected] = useState<number | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const { rows, stretches } = useMemo(
    () => buildRibbon({ clock, timeZone, asOf, answeredAt, width: width || undefined }),
    [clock, timeZone, asOf, answeredAt, width],
  );
  const days = rows.flatMap((row) => {
    if (row.type === "day") return [row];
    return opened.has(row.start) ? row.days : [];
  });
  // A stretch is reached where it is first drawn; days that are not drawn are left out.
  const drawn = new Map<number, Day>();
  for (const day of days)
    for (const { stretch } of day.segments)
      if (!drawn.has(stretch)) drawn.set(stretch, day);
  const reached = [...drawn.keys()];
  const example = !asOf;
  const current = selected !== null && reached.includes(selected) ? selected : null;

  const toggle = ({ start }: Calm) =>
    setOpened((before) => {
      const after = new Set(before);
      if (!after.delete(start)) after.add(start);
      return after;
    });
  const select = (stretch: number | undefined, focus = false) => {
    if (stretch === undefined) return;
    setSelected(stretch);
    const part = root.current?.querySelector<HTMLElement>(
      `[data-stretch="${stretch}"]`,
    );
    if (focus) part?.focus();
    else part?.scrollIntoView({ block: "nearest" });
  };
  const walk = (by: number, focus = false) => {
    const at =
      current === null ? (by > 0 ? -1 : reached.length) : reached.indexOf(current);
    select(reached[Math.min(reached.length - 1, Math.max(0, at + by))], focus);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).dataset.stretch) return;
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    walk(by, true);
  };

  const strip = (day: Day) => (
    <Strip
      key={day.start}
      day={day}
      stretches={stretches}
      timeZone={timeZone}
      width={width || 800}
      example={example}
      selected={current}
      entry={current ?? reached[0]}
      told={(stretch) => drawn.get(stretch) !== day}
      onSelect={(stretch) => setSelected(stretch)}
    />
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={root}
      className={classes.ribbon}
      role="group"
      aria-label={WAYS[clock.kind]}
      aria-hidden={example}
      onKeyDown={onKeyDown}
    >
      <div className={classes.axis} aria-hidden>
        <span />
        <div className={classes.hours} ref={ref}>
          {[0, 6, 12, 18, 24].map((hour) => (
            <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>
              {String(hour).padStart(2, "0")}
            </span>
          ))}
        </div>
      </div>
      {rows.map((row) =>
        row.type === "day" ? (
          strip(row)
        ) : (
          <div key={`calm ${row.start}`}>
            <CalmDays
              calm={row}
              timeZone={timeZone}
              example={example}
              opened={opened.has(row.start)}
              onToggle={() => toggle(row)}
            />
            {opened.has(row.start) && row.days.map(strip)}
          </div>
        ),
      )}
      <div className={classes.legend} aria-hidden>
        {(Object.keys(LEGEND) as StretchKind[])
          .filter((kind) => stretches.some((s) => s.kind === kind))
          .map((kind) => (
            <span key={kind} className={classes.key}>
              <i className={`${classes.segment} ${classes[kind]} ${classes.swatch}`} />
              {LEGEND[kind]}
            </span>
          ))}
        <span>{t`Hours in ${timeZone}`}</span>
      </div>
      {!example && (
        <Readout
          stretch={current === null ? undefined : stretches[current]}
          timeZone={timeZone}
          onWalk={walk}
        />
      )}
    </div>
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(key: string, timeZone: string, options: Intl.DateTimeFormatOptions) {
  const name = `${key} ${timeZone}`;
  let made = formats.get(name);
  if (!made) {
    made = new Intl.DateTimeFormat(intlTag(), {
      timeZone,
      hourCycle: "h23",
      ...options,
    });
    formats.set(name, made);
  }
  return made;
}

const DAY = { weekday: "short", day: "numeric", month: "short" } as const;
const TIME = { hour: "2-digit", minute: "2-digit" } as const;

const dayWords = (instant: number, timeZone: string) =>
  format("day", timeZone, DAY).format(instant);
const timeWords = (instant: number, timeZone: string) =>
  format("time", timeZone, TIME).format(instant);

const exactWords = (instant: number, timeZone: string) =>
  format("exact", timeZone, { ...TIME, second: "2-digit" }).format(instant);

/** `Tue 3 Mar, 09:00 to 12:00`, with the second day where it is another. */
function spanWords({ from, to }: Stretch, timeZone: string): string {
  const [first, last] = [dayWords(from, timeZone), dayWords(to - 1, timeZone)];
  const span = (start: string, stop: string) => t`${first}, ${start} to ${stop}`;
  if (to - from < 60_000)
    return span(exactWords(from, timeZone), exactWords(to, timeZone));
  const end = timeWords(to, timeZone);
  // Midnight belongs to the day that it ends.
  const until = end === "00:00" ? "24:00" : end;
  const second = first === last ? "" : `${last}, `;
  return span(timeWords(from, timeZone), `${second}${until}`);
}

function countWords({ kind, counted, total }: Stretch): string {
  if (kind === "overdue") return t`after the deadline`;
  return kind === "work"
    ? t`counts ${{ time: formatExact(counted) }}, ${{ total: formatExact(total) }} in all`
    : t`does not count`;
}

type CalmProps = {
  calm: Calm;
  timeZone: string;
  example: boolean;
  opened: boolean;
  onToggle: () => void;
};

function CalmDays({ calm, timeZone, example, opened, onToggle }: CalmProps) {
  const { days, working, counted } = calm;
  const last = days.at(-1)?.start ?? calm.start;
  const text = working
    ? t`${{ days: days.length }} days, ${working} of them working: ${{ time: formatExact(counted) }} count`
    : t`${{ days: days.length }} days closed`;
  const Icon = opened ? IconChevronUp : IconChevronDown;
  const words = (
    <>
      <strong>
        {t`${{ from: dayWords(calm.start + 3_600_000, timeZone) }} to ${{ to: dayWords(last + 3_600_000, timeZone) }}`}
      </strong>
      <span>{text}</span>
    </>
  );
  if (example || days.length > MOST_DAYS)
    return <p className={classes.calm}>{words}</p>;
  return (
    <button
      type="button"
      className={classes.calm}
      aria-expanded={opened}
      onClick={onToggle}
    >
      {words}
      <Icon size={16} stroke={1.75} aria-hidden />
    </button>
  );
}

type StripProps = {
  day: Day;
  stretches: Stretch[];
  timeZone: string;
  width: number;
  example: boolean;
  selected: number | null;
  /** The one stretch that is in the order of the tab key. */
  entry: number | undefined;
  /** Whether a stretch that comes over from a day before is drawn there. */
  told: (stretch: number) => boolean;
  onSelect: (stretch: number) => void;
};

function Strip(props: StripProps) {
  const { day, stretches, timeZone, width, example, selected, entry, onSelect } = props;
  const hours = Math.round((day.end - day.start) / 3_600_000);
  return (
    <div className={classes.day}>
      <div className={classes.date}>
        {dayWords(day.start + 3_600_000, timeZone)}
        {hours !== 24 && <small>{t`${hours} h, the clocks change`}</small>}
      </div>
      <div>
        <div className={classes.strip}>
          {day.segments.map((segment) => {
            const stretch = stretches[segment.stretch] as Stretch;
            const share = segment.to - segment.from;
            const told = props.told(segment.stretch);
            return (
              <button
                key={segment.stretch}
                type="button"
                className={`${classes.segment} ${classes[stretch.kind]}`}
                style={{
                  left: `${segment.from * 100}%`,
                  width: `${share * 100}%`,
                }}
                data-stretch={segment.stretch}
                data-selected={segment.stretch === selected}
                aria-hidden={told}
                aria-label={`${stretchWords(stretch)}. ${spanWords(stretch, timeZone)}, ${countWords(stretch)}`}
                tabIndex={example || told || segment.stretch !== entry ? -1 : 0}
                onFocus={() => onSelect(segment.stretch)}
                onPointerEnter={() => onSelect(segment.stretch)}
                onClick={() => onSelect(segment.stretch)}
              >
                {share * width > WORDS_FROM_PX && stretch.label && (
                  <span>{stretch.label}</span>
                )}
              </button>
            );
          })}
        </div>
        {day.marks.length > 0 && (
          <ul className={classes.marks} style={{ height: day.lanes * LANE_PX }}>
            {day.marks.map((mark) => (
              <MarkLine
                key={`${mark.kind} ${mark.instant} ${mark.words}`}
                mark={mark}
                timeZone={timeZone}
              />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

type ReadoutProps = {
  stretch: Stretch | undefined;
  timeZone: string;
  onWalk: (by: number) => void;
};

/** What the stretch is that is pointed at, or walked to. */
function Readout({ stretch, timeZone, onWalk }: ReadoutProps) {
  return (
    <div className={`${classes.readout} no-print`} data-filled={!!stretch}>
      <ActionIcon
        variant="default"
        aria-label={t`Stretch before`}
        onClick={() => onWalk(-1)}
      >
        <IconChevronLeft size={16} stroke={1.75} aria-hidden />
      </ActionIcon>
      <p aria-live="polite">
        {stretch ? (
          <>
            <strong>{stretchWords(stretch)}</strong>
            <span className="num">
              {spanWords(stretch, timeZone)} · {countWords(stretch)}
            </span>
          </>
        ) : (
          <span>{t`Choose a stretch to read what it is.`}</span>
        )}
      </p>
      <ActionIcon
        variant="default"
        aria-label={t`Next stretch`}
        onClick={() => onWalk(1)}
      >
        <IconChevronRight size={16} stroke={1.75} aria-hidden />
      </ActionIcon>
    </div>
  );
}

function MarkLine({ mark, timeZone }: { mark: Mark; timeZone: string }) {
  const style: CSSProperties = {
    left: `${mark.at * 100}%`,
    height: STRIP_PX + 2 + (mark.lane + 1) * LANE_PX,
  };
  return (
    <li
      className={`${classes.mark} ${classes[mark.kind]}`}
      style={style}
      data-flip={mark.flipped}
    >
      <span>
        {timeWords(mark.instant, timeZone)} {mark.words}
      </span>
    </li>
  );
}
