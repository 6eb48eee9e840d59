/** What a notification says, in words. Pure. */
import type { InboxItem } from "../../api/types";

/** The service counts no further. */
const COUNTED = 100;

const capitalized = (text: string | null) =>
  text ? text.charAt(0).toUpperCase() + text.slice(1) : "A";

const WORDS: Record<string, (item: InboxItem) => string> = {
  sla_breached: ({ target }) => `${capitalized(target)} deadline missed`,
  sla_warned: ({ target }) => `${capitalized(target)} deadline comes near`,
  sla_escalated: ({ name }) => (name ? `Escalated: ${name}` : "Escalated"),
  incident_created: () => "New incident",
  incident_assigned: ({ by }) =>
    by ? `${by} assigned this to you` : "A policy assigned this to you",
  incident_resolved: () => "Resolved",
  mentioned: ({ who, what }) =>
    `${who} mentioned you${what === "internal" ? " in a note" : ""}`,
  watched,
  maintenance_announced: () => "Maintenance planned",
};

function watched({ what, who, status, target }: InboxItem): string {
  if (what === "commented") return `${who} commented`;
  if (what === "status") return `Now ${status?.replace("_", " ")}`;
  return `${capitalized(target)} deadline missed`;
}

/** What happened. */
export function eventOf(item: InboxItem): string {
  return WORDS[item.kind]?.(item) ?? "News of this incident";
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
