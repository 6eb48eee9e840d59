/** What a notification says, in words. Pure. */
import { t } from "@lingui/core/macro";
import type { InboxItem } from "../../api/types";

/** The service counts no further. */
const COUNTED = 100;

const MISSED: Record<string, string> = {
  response: t`Response deadline missed`,
  resolution: t`Resolution deadline missed`,
};

const NEAR: Record<string, string> = {
  response: t`Response deadline comes near`,
  resolution: t`Resolution deadline comes near`,
};

const missed = ({ target }: InboxItem) => MISSED[target ?? ""] ?? t`A deadline missed`;

const NOW: Record<string, string> = {
  open: t`Now open`,
  in_progress: t`Now in progress`,
  resolved: t`Now resolved`,
  closed: t`Now closed`,
};

const WORDS: Record<string, (item: InboxItem) => string> = {
  sla_breached: missed,
  sla_warned: ({ target }) => NEAR[target ?? ""] ?? t`A deadline comes near`,
  sla_escalated: ({ name }) => (name ? t`Escalated: ${name}` : t`Escalated`),
  incident_created: () => t`New incident`,
  incident_assigned: ({ by }) =>
    by ? t`${by} assigned this to you` : t`A policy assigned this to you`,
  incident_resolved: () => t`Resolved`,
  mentioned: ({ who, what }) =>
    what === "internal"
      ? t`${{ who: who ?? "" }} mentioned you in a note`
      : t`${{ who: who ?? "" }} mentioned you`,
  watched,
  maintenance_announced: () => t`Maintenance planned`,
};

function watched(item: InboxItem): string {
  const { what, status } = item;
  const who = item.who ?? "";
  if (what === "commented") return t`${who} commented`;
  if (what === "status") return NOW[status ?? ""] ?? "";
  return missed(item);
}

/** What happened. */
export function eventOf(item: InboxItem): string {
  return WORDS[item.kind]?.(item) ?? t`News of this incident`;
}

/** What it happened to. */
export function subjectOf({ title, name }: InboxItem): string {
  return title ?? name ?? "";
}

/** A count as it is shown; nothing when there is nothing. */
export function countText(count = 0): string {
  if (count === 0) return "";
  return count < COUNTED ? `${count}` : `${COUNTED - 1}+`;
}
