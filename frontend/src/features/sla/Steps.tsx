import { plural, t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import { useState } from "react";
import type { ExplainedClock, Step } from "../../api/types";
import { formatMoment, formatTarget } from "../../ui/time";
import type { SetClock } from "./fuse";
import { byWhom, isMaintenance, pauseWords } from "./pauseWords";
import classes from "./Steps.module.css";

/** A step in words. */
export function stepWords(step: Step): string {
  const who = step.actor?.name;
  switch (step.kind) {
    case "work":
      return t`Working time`;
    case "closed":
      return step.label ? t`Closed: ${{ name: step.label }}` : t`Closed`;
    case "holiday":
      return step.label ? t`Holiday: ${{ name: step.label }}` : t`Holiday`;
    case "paused":
      if (step.reason === "resolved")
        return who
          ? t`Resolved by ${who}, until it was reopened`
          : t`Resolved, until it was reopened`;
      if (isMaintenance(step.reason ?? ""))
        return pauseWords(step.reason ?? "", step.label);
      return byWhom(
        step.reason
          ? t`Paused: ${{ reason: pauseWords(step.reason, step.label) }}`
          : t`Paused`,
        who,
      );
    default:
      return step.label ?? byWhom(step.kind.replaceAll("_", " "), who);
  }
}

const STEPS_OF = {
  response: t`Steps of response`,
  resolution: t`Steps of resolution`,
} as const;

/** A clock of years has thousands. */
const MOST_STEPS = 50;

type Props = { clock: SetClock<ExplainedClock>; timeZone: string; now: number };

/** The steps from start to deadline; the running totals end at the target. */
export function Steps({ clock, timeZone, now }: Props) {
  const at = (iso: string) => formatMoment(iso, timeZone, now);
  const deadline = clock.deadline ?? clock.projected_deadline;
  const [all, setAll] = useState(false);
  const shown = all ? clock.steps : clock.steps.slice(0, MOST_STEPS);
  const hidden = clock.steps.length - shown.length;
  return (
    <section
      className={classes.scroll}
      aria-label={STEPS_OF[clock.kind]}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys on narrow screens
      tabIndex={0}
    >
      <table className={classes.steps}>
        <thead>
          <tr>
            <th scope="col">{t`From`}</th>
            <th scope="col">{t`To`}</th>
            <th scope="col">{t`What happened`}</th>
            <th scope="col">{t`Counted`}</th>
            <th scope="col">{t`Total`}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((step) => (
            <tr
              key={`${step.kind} ${step.from}`}
              className={step.kind === "work" ? undefined : classes.quiet}
            >
              <td>{at(step.from)}</td>
              <td>{at(step.to)}</td>
              <td>{stepWords(step)}</td>
              <td>{step.counted_seconds ? formatExact(step.counted_seconds) : "0"}</td>
              <td>{formatExact(step.total_seconds)}</td>
            </tr>
          ))}
          {hidden > 0 && (
            <tr>
              <td colSpan={5}>
                <Button
                  variant="default"
                  size="compact-sm"
                  onClick={() => setAll(true)}
                >
                  {plural(hidden, {
                    one: "Show # more step",
                    other: "Show # more steps",
                  })}
                </Button>
              </td>
            </tr>
          )}
          {deadline && (
            <tr className={classes.total}>
              <td colSpan={2}>{at(deadline)}</td>
              <td>{clock.deadline ? t`Deadline` : t`Deadline if resumed now`}</td>
              <td>{t`target`}</td>
              <td>{formatExact(clock.target_seconds)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

/** Hours, minutes and seconds without rounding away what was counted. */
export function formatExact(seconds: number): string {
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = whole % 60;
  const parts = [
    h ? t`${{ n: h }} h` : "",
    m ? t`${{ n: m }} m` : "",
    s ? t`${{ n: s }} s` : "",
  ].filter(Boolean);
  return parts.join(" ") || formatTarget(0);
}
