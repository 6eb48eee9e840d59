/** What happens to an example when nobody does anything. Pure. */
import { t } from "@lingui/core/macro";
import type { PolicyDraft, Priority, Simulation } from "../../../api/types";
import { formatDuration } from "../duration";
import { instantAfter } from "../example";
import { KINDS, type Kind } from "./form";
import { actionInWords, type Names } from "./words";

type Steps = Simulation["clocks"]["resolution"]["steps"];

export type Happening = {
  at: string;
  tone: "created" | "warning" | "deadline" | "escalation";
  words: string;
};

const WARNED = {
  used: {
    response: (percent: number) =>
      t`Warning: ${percent} % of the time for response is used`,
    resolution: (percent: number) =>
      t`Warning: ${percent} % of the time for resolution is used`,
  },
  left: {
    response: (time: string) => t`Warning: ${time} left for response`,
    resolution: (time: string) => t`Warning: ${time} left for resolution`,
  },
};

/** Until when a kind's clock must be followed: to its deadline and the levels after it. */
export function spanOf(
  draft: PolicyDraft,
  priority: Priority,
  kind: Kind,
): number | null {
  const target = draft.targets[priority][`${kind}_seconds`];
  if (!target) return null;
  const later = (draft.escalations ?? [])
    .filter((level) => !level.kinds?.length || level.kinds.includes(kind))
    .map((level) => level.seconds_after ?? 0);
  return target + Math.max(0, ...later);
}

/** Warnings, deadlines and escalations in the order in which they come. */
export function storyOf(
  draft: PolicyDraft,
  priority: Priority,
  at: string,
  steps: Record<Kind, Steps | null>,
  names: Names,
): Happening[] {
  const story: Happening[] = [{ at, tone: "created", words: t`The incident comes in` }];
  for (const kind of KINDS) {
    const target = draft.targets[priority][`${kind}_seconds`];
    const of = steps[kind];
    if (!target || !of) continue;
    const add = (seconds: number, tone: Happening["tone"], words: string) => {
      const instant = instantAfter(of, seconds);
      // What is longer before the deadline than the target has no moment.
      if (instant && seconds > 0) story.push({ at: instant, tone, words });
    };
    const used = (mark: { percent?: number | null; seconds_before?: number | null }) =>
      mark.percent
        ? (target * mark.percent) / 100
        : target - (mark.seconds_before ?? 0);
    for (const warn of draft.warnings ?? [])
      add(
        used(warn),
        "warning",
        warn.percent
          ? WARNED.used[kind](warn.percent)
          : WARNED.left[kind](formatDuration(warn.seconds_before ?? 0)),
      );
    add(
      target,
      "deadline",
      kind === "response" ? t`Response is due` : t`Resolution is due`,
    );
    for (const level of draft.escalations ?? []) {
      if (level.kinds?.length && !level.kinds.includes(kind)) continue;
      const when =
        level.trigger === "warning" ? used(level) : target + (level.seconds_after ?? 0);
      const actions = level.actions.map((action) => actionInWords(action, names));
      add(when, "escalation", `${level.name}: ${actions.join(", ")}`);
    }
  }
  return story.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
