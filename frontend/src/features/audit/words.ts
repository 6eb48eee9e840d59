/** The audit log in words. Pure. */
import type { AuditEvent } from "../../api/types";

type Action = AuditEvent["action"];
type Thing = AuditEvent["object"];

export const ACTION_WORDS: Record<Action, string> = {
  created: "created",
  changed: "changed",
  deleted: "deleted",
  restored: "restored",
  revoked: "revoked",
  cancelled: "cancelled",
  retired: "retired",
  signed_in: "signed in",
  sign_in_failed: "failed to sign in",
  sign_in_throttled: "was kept from signing in",
  invited: "invited",
  password_reset_requested: "asked for a password reset",
  password_changed: "set a password",
  retried: "sent again",
  repaired: "repaired the clocks of",
};

export const THING_WORDS: Record<Thing, string> = {
  user: "user",
  team: "team",
  organization: "organization",
  token: "API token",
  policy: "SLA policy",
  calendar: "calendar",
  pause_reason: "pause reason",
  maintenance_window: "maintenance window",
  view: "shared view",
  canned_reply: "canned reply",
  custom_field: "custom field",
  incident_template: "template",
  incident: "incident",
  delivery: "mail",
  installation: "installation",
  demo_data: "demo data",
};

export const VIA_WORDS: Record<AuditEvent["via"], string> = {
  browser: "in the browser",
  api_token: "by an API token",
  command_line: "on the command line",
  service: "by the service itself",
};

/** Whoever acted: a person, what they typed when they were not let in, or the service. */
export function whoOf(event: AuditEvent): string {
  if (event.actor) return event.actor.name;
  if (event.via === "command_line") return "The command line";
  if (event.via === "browser") return event.label ?? "Somebody";
  return "The service";
}

/** The kind and the name of what it was done to; nothing where the sentence is whole. */
export function thingOf(event: AuditEvent): { kind: string; name: string } | null {
  const own = event.object_id !== null && event.object_id === event.actor?.id;
  const about = event.action.startsWith("sign") || event.actor === null;
  if (event.object === "user" && (own || about) && !event.changes.length) return null;
  if (event.object === "demo_data") return { kind: "the", name: "demo data" };
  return { kind: THING_WORDS[event.object], name: event.label ?? "" };
}

const FIELD_WORDS: Record<string, string> = {
  user_id: "person",
  password_hash: "password",
  is_active: "active",
};

/** A column as people call it: `reply_to_id` is “Reply to”. */
export function fieldName(field: string): string {
  const words = FIELD_WORDS[field] ?? field.replace(/_id$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A value as people read it, with names for ids; `null` for nothing. */
export function valueText(
  value: unknown,
  names: Readonly<Record<string, string>>,
): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return names[value] ?? value;
  if (typeof value === "number") return String(value);
  if (Array.isArray(value))
    return value.map((item) => valueText(item, names)).join(", ") || null;
  const parts = Object.entries(value).map(([key, item]) => {
    const text = valueText(item, names) ?? "none";
    const inner = typeof item === "object" && item !== null;
    return `${key.replaceAll("_", " ")}: ${inner ? `(${text})` : text}`;
  });
  return parts.join(", ") || null;
}

/** What was and what is, for the list of changes. */
export function changesOf(event: AuditEvent) {
  return event.changes
    .map(({ field, before, after }) => ({
      what: fieldName(field),
      before: valueText(before, event.names),
      after: valueText(after, event.names),
    }))
    .filter((change) => change.before !== change.after || change.before === "•••");
}
