/** How the engine is, as words and tones. Pure. */
import { plural, t } from "@lingui/core/macro";
import type { EngineStatus } from "../../api/types";
import { formatNumber } from "../../i18n";
import { formatStillSpan } from "../../ui/time";

export type Tone = "good" | "risk" | "bad";

/** Clocks are looked at once a second: a few seconds are nothing, a minute is much. */
const SLOW_SECONDS = 5;
const STUCK_SECONDS = 60;

function toneOf(seconds: number): Tone {
  if (seconds >= STUCK_SECONDS) return "bad";
  return seconds >= SLOW_SECONDS ? "risk" : "good";
}

export function lag(engine: EngineStatus): { tone: Tone; value: string; text: string } {
  const seconds = engine.lag_seconds;
  const tone = toneOf(seconds);
  const text = {
    good: t`Every deadline is judged as it passes.`,
    risk: t`The engine is behind; it catches up by itself.`,
    bad: t`The engine is far behind. See that workers run.`,
  }[tone];
  return { tone, value: seconds < 1 ? t`none` : formatStillSpan(seconds), text };
}

/** How long ago the engine was last seen. */
export function lastSeen(engine: EngineStatus, now: number): Tone {
  if (!engine.swept_at) return "bad";
  return toneOf((now - Date.parse(engine.swept_at)) / 1000 - SLOW_SECONDS);
}

type Check = NonNullable<EngineStatus["check"]>;

export function checkWords(check: Check | null): { tone: Tone; text: string } {
  if (!check) return { tone: "risk", text: t`The clocks were never checked yet.` };
  const { clocks, differences, error } = check;
  switch (check.status) {
    case "running":
      return { tone: "good", text: t`The clocks are being checked now.` };
    case "failed":
      return {
        tone: "bad",
        text: t`The check failed: ${{ error: error ?? t`no reason` }}`,
      };
    case "interrupted":
      return { tone: "risk", text: t`The check was interrupted before its end.` };
    default:
      if (differences === 0)
        return {
          tone: "good",
          text: t`${{ number: formatNumber(clocks) }} clocks say what their ledgers say.`,
        };
      return {
        tone: "bad",
        text: t`${plural(differences, { one: "# difference", other: "# differences" })} in ${{ number: formatNumber(clocks) }} clocks.`,
      };
  }
}

/** The open clocks as shares of a bar; nothing is left out, however small. */
export function shares(clocks: EngineStatus["clocks"]) {
  const all = clocks.running + clocks.paused + clocks.breached;
  return (["running", "paused", "breached"] as const).map((status) => ({
    status,
    count: clocks[status],
    share: all === 0 ? 0 : clocks[status] / all,
  }));
}
