import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import classes from "./Week.module.css";
import {
  added,
  DAY_MINUTES,
  endMoved,
  formatTime,
  type Interval,
  moved,
  SNAP,
  snap,
  startMoved,
} from "./week";

/** Which part of which interval follows the pointer, and where it was taken. */
type Grip = {
  index: number;
  part: "whole" | "start" | "end";
  /** Minutes between the pointer and the start of the interval. */
  offset: number;
  /** Set while a new interval is drawn: where it was begun. */
  anchor?: number;
};

/** A click without a drag makes this much. */
const CLICK_MINUTES = 60;
const EDGE_PX = 8;
const EDGE_TOUCH_PX = 14;

type Props = {
  day: string;
  intervals: Interval[];
  hintId: string;
  readOnly: boolean;
  onChange: (intervals: Interval[]) => void;
};

/** One day from 00 to 24: draw hours, move them, pull at their ends. */
export function DayStrip({ day, intervals, hintId, readOnly, onChange }: Props) {
  const strip = useRef<HTMLDivElement>(null);
  const grip = useRef<Grip | null>(null);
  const [held, setHeld] = useState<number | null>(null);

  const minuteAt = (clientX: number) => {
    const box = strip.current?.getBoundingClientRect();
    if (!box?.width) return 0;
    return ((clientX - box.left) / box.width) * DAY_MINUTES;
  };

  const partAt = (event: PointerEvent, one: Interval): Grip["part"] => {
    const box = strip.current?.getBoundingClientRect();
    if (!box) return "whole";
    const px = (minutes: number) => (minutes / DAY_MINUTES) * box.width;
    const at = event.clientX - box.left;
    const wide = event.pointerType === "touch" ? EDGE_TOUCH_PX : EDGE_PX;
    // The middle third always moves, so that short blocks can be moved too.
    const edge = Math.min(wide, px(one.to - one.from) / 3);
    if (at - px(one.from) < edge) return "start";
    if (px(one.to) - at < edge) return "end";
    return "whole";
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (readOnly || event.button !== 0) return;
    const minute = minuteAt(event.clientX);
    const index = intervals.findIndex((one) => one.from <= minute && minute < one.to);
    const one = intervals[index];
    if (one) {
      const part = partAt(event, one);
      grip.current = { index, part, offset: minute - one.from };
    } else {
      const from = Math.floor(minute / SNAP) * SNAP;
      const made = added(intervals, from, from + SNAP);
      if (!made) return;
      grip.current = { index: made.index, part: "end", offset: 0, anchor: from };
      onChange(made.intervals);
    }
    setHeld(grip.current.index);
    event.currentTarget.setPointerCapture(event.pointerId);
  };

  const onPointerMove = (event: PointerEvent) => {
    const { current } = grip;
    if (!current) return;
    const minute = minuteAt(event.clientX);
    const { index, part, offset, anchor } = current;
    if (anchor !== undefined && minute < anchor) {
      // Drawn to the left: the end stays where the drawing began.
      const ended = endMoved(intervals, index, anchor + SNAP);
      onChange(startMoved(ended, index, snap(minute)));
    } else if (anchor !== undefined) {
      const begun = startMoved(intervals, index, anchor);
      onChange(endMoved(begun, index, snap(minute)));
    } else if (part === "start") onChange(startMoved(intervals, index, snap(minute)));
    else if (part === "end") onChange(endMoved(intervals, index, snap(minute)));
    else onChange(moved(intervals, index, snap(minute - offset)));
  };

  const onPointerUp = () => {
    const { current } = grip;
    if (!current) return;
    grip.current = null;
    setHeld(null);
    const one = intervals[current.index];
    if (current.anchor !== undefined && one && one.to - one.from <= SNAP)
      onChange(endMoved(intervals, current.index, one.from + CLICK_MINUTES));
  };

  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const one = intervals[index];
    if (!one) return;
    if (event.key === "Delete" || event.key === "Backspace") {
      onChange(intervals.toSpliced(index, 1));
      event.preventDefault();
      return;
    }
    const by = { ArrowLeft: -SNAP, ArrowRight: SNAP }[event.key];
    if (!by) return;
    event.preventDefault();
    if (event.shiftKey) onChange(endMoved(intervals, index, one.to + by));
    else if (event.altKey) onChange(startMoved(intervals, index, one.from + by));
    else onChange(moved(intervals, index, one.from + by));
  };

  const words = ({ from, to }: Interval) => `${formatTime(from)}–${formatTime(to)}`;
  return (
    <div
      ref={strip}
      className={classes.strip}
      data-read-only={readOnly}
      data-testid={`strip-${day}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
    >
      {intervals.map((one, index) => (
        <button
          // biome-ignore lint/suspicious/noArrayIndexKey: a moved interval keeps its place, and its focus
          key={index}
          type="button"
          className={classes.block}
          style={{
            left: `${(one.from / DAY_MINUTES) * 100}%`,
            width: `${((one.to - one.from) / DAY_MINUTES) * 100}%`,
          }}
          aria-label={`${day}, ${words(one)}`}
          aria-describedby={readOnly ? undefined : hintId}
          data-held={held === index}
          disabled={readOnly}
          onKeyDown={(event) => onKeyDown(event, index)}
        >
          <span className={classes.words}>{words(one)}</span>
          {held === index && <span className={classes.bubble}>{words(one)}</span>}
        </button>
      ))}
    </div>
  );
}
