/** Why a clock stands still, in words. Pure. */

import { t } from "@lingui/core/macro";
import type { PauseReason, Step } from "../../api/types";

const MAINTENANCE = "maintenance:";

export const isMaintenance = (reason: string) => reason.startsWith(MAINTENANCE);

type Named = { id: string; name: string };

/**
 * What people call a reason.
 *
 * @param label What the list of reasons calls it, or the window's name.
 * @param windows Windows by which a reason of maintenance can be named.
 */
export function pauseWords(
  reason: string,
  label?: string | null,
  windows: readonly Named[] = [],
): string {
  if (!isMaintenance(reason)) return label ?? reason.replaceAll("_", " ");
  const id = reason.slice(MAINTENANCE.length);
  const name = label ?? windows.find((window) => window.id === id)?.name;
  return name ? t`Maintenance: ${name}` : t`Maintenance`;
}

/** Steps of a clock in which pauses carry what the list of reasons calls them. */
export function labelled<T extends Pick<Step, "reason" | "label">>(
  steps: T[],
  reasons: readonly Pick<PauseReason, "code" | "label">[],
): T[] {
  const labels = new Map(reasons.map(({ code, label }) => [code, label]));
  return steps.map((step) => ({
    ...step,
    label: step.label ?? labels.get(step.reason ?? "") ?? null,
  }));
}

/** What was done, and who did it, where that is known. */
export const byWhom = (words: string, who: string | null | undefined): string =>
  who ? t`${words} by ${who}` : words;
