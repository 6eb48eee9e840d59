/** Timeline entries in human words. Pure. */
import type { TimelineEntry } from "../../api/types";
import { formatMoment, formatStillSpan, formatTarget } from "../../ui/time";
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
      field === "team_id" ? (v as Reference)?.name : show(field, v);
    const [from, to] = [value(before), value(after)];
    return from && to
      ? `changed the ${name} from ${from} to ${to}`
      : `changed the ${name}`;
  });
  return parts.join(", ") || "edited the incident";
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
        text: `paused the clock: ${words(data.reason)}`,
        note: data.note ? String(data.note) : undefined,
      };
    case "resumed":
      return {
        tone: "plain",
        text: data.reason
          ? `resumed the clock: ${words(data.reason)} ended`
          : "resumed the clock",
      };
    case "targets_changed":
      return { tone: "plain", text: targets(data) };
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
    case "status_changed":
      return {
        tone: "plain",
        text: `set the status to ${show("status", data.to)}, was ${show("status", data.from)}`,
      };
    case "attached":
      return { tone: "plain", text: `attached ${String(data.filename ?? "a file")}` };
    case "attachment_deleted":
      return {
        tone: "plain",
        text: `deleted the file ${String(data.filename ?? "")}`.trim(),
      };
    case "comment_deleted":
      return { tone: "plain", text: "deleted a comment" };
    case "deleted":
      return { tone: "plain", text: "deleted the incident" };
    case "restored":
      return { tone: "plain", text: "restored the incident" };
    default:
      return { tone: "plain", text: words(entry.type) };
  }
}

function targets(data: Data): string {
  const { response, resolution } = (data.targets ?? {}) as Partial<
    Record<"response" | "resolution", number | null>
  >;
  const list = [
    response ? `response within ${formatTarget(response)}` : "",
    resolution ? `resolution within ${formatTarget(resolution)}` : "",
  ].filter(Boolean);
  return list.length
    ? `set the targets: ${list.join(", ")}`
    : "changed the SLA targets";
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
