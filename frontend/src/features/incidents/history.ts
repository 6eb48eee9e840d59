/** Timeline entries in human words. Pure. */
import type { FieldType, FieldValue, TimelineEntry } from "../../api/types";
import { formatMoment, formatStillSpan, formatTarget } from "../../ui/time";
import { valueWords } from "../fields/fields";
import { PRIORITY_WORDS, STATUS_WORDS } from "./filters";

export type Tone = "plain" | "risk" | "breach" | "paused" | "met";
export type Story = { tone: Tone; text: string; note?: string };

type Data = Record<string, unknown>;

const words = (code: unknown) => String(code ?? "").replaceAll("_", " ");
const clockName = (data: Data) =>
  data.kind === "response"
    ? "Response"
    : data.kind === "resolution"
      ? "Resolution"
      : "SLA";

const FIELD_WORDS: Record<string, string> = {
  assignee_id: "assignee",
  team_id: "team",
  organization_id: "organization",
};

function show(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.join(", ") || "nothing";
  if (typeof value === "object")
    return String((value as { name?: unknown }).name ?? "");
  if (field === "priority") return PRIORITY_WORDS[value as "low"] ?? words(value);
  if (field === "status") return STATUS_WORDS[value as "open"] ?? words(value);
  return String(value);
}

/** People and teams are kept with the name that they had. */
type Reference = { name: string } | null;

function edited(data: Data): string {
  const changes = Object.entries(data).filter(([, change]) => Array.isArray(change));
  const parts = changes.map(([field, change]) => {
    const [before, after] = change as [unknown, unknown];
    if (field === "assignee_id") return assigned(after as Reference);
    const name = FIELD_WORDS[field] ?? words(field);
    if (field === "description") return `changed the ${name}`;
    const value = (v: unknown) =>
      field in FIELD_WORDS ? (v as Reference)?.name : show(field, v);
    const [from, to] = [value(before), value(after)];
    return from && to
      ? `changed the ${name} from ${from} to ${to}`
      : `changed the ${name}`;
  });
  return parts.join(", ") || "edited the incident";
}

function fieldChanged(data: Data): string {
  const [before, after] = (data.change ?? []) as FieldValue[];
  const value = (v: FieldValue | undefined) =>
    valueWords(v, data.field_type as FieldType);
  return `changed ${data.name} from ${value(before)} to ${value(after)}`;
}

function assigned(to: Reference): string {
  return to ? `assigned this to ${to.name}` : "took the assignee away";
}

/** What an entry says, without its actor. */
export function tell(entry: TimelineEntry, timeZone: string, now: number): Story {
  const data = entry.data as Data;
  const at = (value: unknown) => formatMoment(String(value), timeZone, now);
  switch (entry.type) {
    case "created":
      return { tone: "plain", text: "reported the incident" };
    case "responded":
      return { tone: "met", text: "gave the first response" };
    case "paused":
      return {
        tone: "paused",
        text:
          data.automatic === "maintenance"
            ? `Maintenance paused the clock: ${data.window}`
            : `paused the clock: ${words(data.reason)}`,
        note: data.note ? String(data.note) : undefined,
      };
    case "resumed":
      return { tone: "plain", text: resumed(data) };
    case "targets_changed":
      return {
        tone: "plain",
        text: targets(data),
        note: data.after_breach ? RECLASSIFIED : undefined,
      };
    case "escalated":
      return { tone: "risk", text: `Escalated, ${clockName(data)}: ${data.name}` };
    case "corrected":
      return {
        tone: "plain",
        text: "The clocks were put right: they had differed from the ledger",
        note: corrected(data),
      };
    case "resolved":
      return { tone: "met", text: "resolved the incident" };
    case "reopened":
      return {
        tone: "plain",
        text: "reopened the incident",
        note: data.reason ? String(data.reason) : undefined,
      };
    case "warned":
      return {
        tone: "risk",
        text: `${clockName(data)} is at risk${data.deadline ? `: due ${at(data.deadline)}` : ""}`,
      };
    case "breached":
      return { tone: "breach", text: breached(entry, data, at) };
    case "edited":
      return { tone: "plain", text: edited(data) };
    case "field_changed":
      return { tone: "plain", text: fieldChanged(data) };
    case "status_changed":
      return {
        tone: "plain",
        text: `set the status to ${show("status", data.to)}, was ${show("status", data.from)}`,
      };
    case "attached":
      return { tone: "plain", text: `attached ${fileOf(data)}` };
    case "attachment_deleted":
      return {
        tone: "plain",
        text: `deleted the file ${String(data.filename ?? "")}`.trim(),
      };
    case "attachment_hidden":
      return { tone: "plain", text: `hid ${fileOf(data)} from the reporter` };
    case "attachment_shown":
      return { tone: "plain", text: `showed ${fileOf(data)} to the reporter` };
    case "comment_deleted":
      return {
        tone: "plain",
        text: "deleted a comment",
        note: data.content ? String(data.content) : undefined,
      };
    case "linked":
      return { tone: "plain", text: `linked this: ${linkOf(data)}` };
    case "unlinked":
      return { tone: "plain", text: `removed a link: ${linkOf(data)}` };
    case "merged_into":
      return {
        tone: "plain",
        text: `merged this into ${other(data, "another incident")}`,
      };
    case "merged_from":
      return {
        tone: "plain",
        text: `merged ${other(data, "another report of the same")} into this`,
        note: "Its comments and files stay there.",
      };
    case "watcher_added":
      return { tone: "plain", text: `added ${show("user", data.user)} as a watcher` };
    case "watcher_removed":
      return {
        tone: "plain",
        text: `removed ${show("user", data.user)} from the watchers`,
      };
    case "deleted":
      return { tone: "plain", text: "deleted the incident" };
    case "restored":
      return { tone: "plain", text: "restored the incident" };
    default:
      return { tone: "plain", text: words(entry.type) };
  }
}

const fileOf = (data: Data) => String(data.filename ?? "a file");

const linkOf = (data: Data) => `${words(data.kind)} ${String(data.other ?? "")}`;

/** Reporters are not told which incident of somebody else it was. */
const other = (data: Data, unknown: string) =>
  String(data.other ?? data.other_for_agents ?? unknown);

const RECLASSIFIED = "Changed after a breach: reports count it as reclassified.";

function resumed(data: Data): string {
  if (data.automatic === "maintenance") return `Maintenance is over: ${data.window}`;
  if (data.automatic === "longest_pause")
    return `The pause was at its longest and ended by itself: ${words(data.reason)}`;
  return data.reason
    ? `resumed the clock: ${words(data.reason)} ended`
    : "resumed the clock";
}

type Difference = Record<
  "part" | "column" | "stored" | "computed",
  string | null | undefined
>;

/** What was stored and what the ledger says, a line each. */
function corrected(data: Data): string | undefined {
  const differences = (data.differences ?? []) as Difference[];
  const value = (v: string | null | undefined) => v ?? "nothing";
  return (
    differences
      .map(
        ({ part, column, stored, computed }) =>
          `${words(part)}, ${words(column)}: ${value(stored)} → ${value(computed)}`,
      )
      .join("\n") || undefined
  );
}

const MODE_WORDS: Record<string, string> = {
  restart: ", counted from that moment",
  keep: " for later; the clocks kept theirs",
};

function targets(data: Data): string {
  const { response, resolution } = (data.targets ?? {}) as Partial<
    Record<"response" | "resolution", number | null>
  >;
  const list = [
    response ? `response within ${formatTarget(response)}` : "",
    resolution ? `resolution within ${formatTarget(resolution)}` : "",
  ].filter(Boolean);
  const policy = data.policy as { name: string; version: number } | undefined;
  const by = policy ? ` by the policy “${policy.name}”, version ${policy.version}` : "";
  return list.length
    ? `set the targets${by}: ${list.join(", ")}${MODE_WORDS[String(data.mode)] ?? ""}`
    : `changed the SLA targets${by}`;
}

function breached(
  entry: TimelineEntry,
  data: Data,
  at: (v: unknown) => string,
): string {
  const deadline = data.deadline ?? entry.at;
  const text = `${clockName(data)} breached at the deadline, ${at(deadline)}`;
  const lag = data.detected_at
    ? (Date.parse(String(data.detected_at)) - Date.parse(String(deadline))) / 1000
    : 0;
  return lag >= 60 ? `${text} (noticed ${formatStillSpan(lag)} later)` : text;
}
