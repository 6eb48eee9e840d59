import { t } from "@lingui/core/macro";
import {
  IconAlertTriangleFilled,
  IconCheck,
  IconClock,
  IconClockExclamation,
  IconPlayerPauseFilled,
} from "@tabler/icons-react";
import type { ComponentType, CSSProperties } from "react";
import type { Clock } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { tip } from "../../ui/Tip";
import { useTick } from "../../ui/ticker";
import { formatInstant, formatTarget } from "../../ui/time";
import classes from "./Fuse.module.css";
import { fuseState, hasTarget, type SetClock, type Tone } from "./fuse";

const ICONS: Record<Tone, ComponentType<{ size?: number }> | null> = {
  running: IconClock,
  risk: IconClockExclamation,
  breached: IconAlertTriangleFilled,
  paused: IconPlayerPauseFilled,
  met: IconCheck,
  none: null,
};

const WORDS: Record<Tone, string> = {
  running: t`on time`,
  risk: t`at risk`,
  breached: t`breached`,
  paused: t`paused`,
  met: t`met`,
  none: t`no target`,
};

export const KIND_WORDS = { response: t`Response`, resolution: t`Resolution` } as const;

type Props = {
  clock: Clock | null;
  big?: boolean;
  /** Turned off where the deadline is written out beside the fuse. */
  tooltip?: boolean;
};

/** The thin bar that drains from the right, with its words. */
export function Fuse({ clock, big = false, tooltip = true }: Props) {
  const timeZone = useTimeZone();
  const text = useTick((now) => fuseState(clock, now).text);
  const tone = useTick((now) => fuseState(clock, now).tone);
  // A thousandth is finer than a pixel of the bar; steps keep renders rare.
  const share = useTick((now) => Math.round(fuseState(clock, now).share * 500) / 500);
  const Icon = ICONS[tone];
  const kind = clock ? KIND_WORDS[clock.kind] : t`Clock`;
  const bar: CSSProperties = { transform: `scaleX(${share})` };
  return (
    <span
      className={`${classes.fuse} ${classes[tone]} ${big ? classes.big : ""}`}
      data-tone={tone}
      {...(tooltip && hasTarget(clock) ? tip(describeClock(clock, timeZone)) : {})}
    >
      <span className={classes.label}>
        {Icon && <Icon size={big ? 20 : 14} aria-hidden />}
        <span>
          <span className="sr-only">{`${kind}, ${WORDS[tone]}: `}</span>
          {text}
        </span>
      </span>
      <span className={classes.track} aria-hidden>
        {tone !== "none" && <span className={classes.bar} style={bar} />}
      </span>
    </span>
  );
}

function describeClock(clock: SetClock, timeZone: string): string {
  const lines = [
    t`${{ kind: KIND_WORDS[clock.kind] }} within ${{ time: formatTarget(clock.target_seconds) }}`,
  ];
  const at = (iso: string) => formatInstant(iso, timeZone);
  if (clock.deadline) lines.push(t`Due ${{ time: at(clock.deadline) }}`);
  else if (clock.projected_deadline)
    lines.push(t`If resumed now: due ${{ time: at(clock.projected_deadline) }}`);
  if (clock.stopped_at) lines.push(t`Stopped ${{ time: at(clock.stopped_at) }}`);
  return lines.join("\n");
}
