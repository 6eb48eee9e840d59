/** Policies in words that people say. Pure. */
import type {
  Conditions,
  EscalationAction,
  EscalationLevel,
  PauseRules,
  PolicyVersion,
  Warn,
} from "../../../api/types";
import type { Change } from "../changes";
import { formatDuration } from "../duration";
import { KINDS, PRIORITIES } from "./form";

/** Names for ids; what is not known has a plain word. */
export type Names = {
  team: (id: string) => string;
  organization: (id: string) => string;
  user: (id: string) => string;
  reason: (code: string) => string;
};

const either = new Intl.ListFormat("en-GB", { type: "disjunction" });
const all = new Intl.ListFormat("en-GB", { type: "conjunction" });

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
const quoted = (words: string) => `“${words}”`;

/** `Critical or high incidents of the team Networks, tagged vip` */
export function conditionsInWords(conditions: Conditions, names: Names): string {
  const { priorities, team_ids, organization_ids, tags, text } = conditions;
  const parts: string[] = [];
  if (team_ids?.length)
    parts.push(
      `of the team${team_ids.length > 1 ? "s" : ""} ${either.format(team_ids.map(names.team))}`,
    );
  if (organization_ids?.length)
    parts.push(`from ${either.format(organization_ids.map(names.organization))}`);
  if (tags?.length) parts.push(`tagged ${either.format(tags)}`);
  if (text) parts.push(`with ${quoted(text)} in title or description`);
  const which = priorities?.length ? `${either.format(priorities)} incidents` : "";
  if (!which && parts.length === 0) return "Every incident";
  return [capital(which || "incidents"), parts.join(", ")].filter(Boolean).join(" ");
}

export function warningInWords({ percent, seconds_before }: Warn): string {
  return percent
    ? `at ${percent} % of the time`
    : `${formatDuration(seconds_before ?? 0)} before the deadline`;
}

export function triggerInWords(level: EscalationLevel): string {
  const of =
    level.kinds?.length === 1 ? `the ${level.kinds[0]}` : "response or resolution";
  switch (level.trigger) {
    case "warning":
      return level.percent
        ? `When ${level.percent} % of the time for ${of} is used`
        : `${formatDuration(level.seconds_before ?? 0)} before ${of} is due`;
    case "breach":
      return `When ${of} is overdue`;
    default:
      return `${formatDuration(level.seconds_after ?? 0)} of working time after ${of} was due`;
  }
}

const ROLES = {
  administrator: "all administrators",
  manager: "all managers",
  agent: "all agents",
};

export function actionInWords(action: EscalationAction, names: Names): string {
  switch (action.type) {
    case "notify":
      return `tell ${audience(action, names)}`;
    case "reassign":
      return action.user_id
        ? `give it to ${names.user(action.user_id)}`
        : `give it to the team ${action.team_id ? names.team(action.team_id) : "…"}`;
    case "raise_priority":
      return action.priority
        ? `raise the priority to ${action.priority}`
        : "raise the priority by one step";
    default:
      return `add the internal note ${quoted(shortened(action.text ?? ""))}`;
  }
}

function audience(action: EscalationAction, names: Names): string {
  switch (action.to) {
    case "reporter":
      return "the reporter";
    case "team":
      return action.team_id ? `the team ${names.team(action.team_id)}` : "its team";
    case "role":
      return ROLES[action.role ?? "manager"];
    case "user":
      return action.user_id ? names.user(action.user_id) : "…";
    default:
      return "the assignee";
  }
}

const shortened = (words: string) =>
  words.length > 60 ? `${words.slice(0, 57)}…` : words;

/** `When resolution is overdue, tell the assignee and raise the priority to critical` */
export function levelInWords(level: EscalationLevel, names: Names): string {
  const actions = level.actions.map((action) => actionInWords(action, names));
  return `${triggerInWords(level)}, ${all.format(actions) || "do nothing"}`;
}

export function pausesInWords(pauses: PauseRules, names: Names): string {
  const parts = [
    pauses.reasons
      ? `Only for ${either.format(pauses.reasons.map(names.reason))}`
      : "For every reason on the list",
  ];
  if (pauses.longest_seconds)
    parts.push(`ends by itself after ${formatDuration(pauses.longest_seconds)}`);
  if (pauses.response === false) parts.push("the response clock runs on");
  return parts.join("; ");
}

export const REOPENING_WORDS = {
  continue: "Goes on with the time that was left",
  restart: "All of the target again",
};

type Terms = Omit<
  PolicyVersion,
  "id" | "version" | "note" | "created_at" | "created_by"
>;

const target = (seconds: number | null | undefined) =>
  seconds ? formatDuration(seconds) : "no target";

/** What a target counts on when it has no calendar. */
export const EVERY_HOUR = "24 × 7";

function calendarInWords(calendar: Terms["calendars"]["response"]): string {
  return calendar ? `${calendar.name}, version ${calendar.version}` : EVERY_HOUR;
}

/** What is different between two versions of a policy, in words. */
export function policyChanges(before: Terms, after: Terms, names: Names): Change[] {
  const changes: Change[] = [];
  const compare = (what: string, old: string | null, now: string | null) => {
    if (old !== now) changes.push({ what, before: old, after: now });
  };
  compare(
    "For",
    conditionsInWords(before.conditions, names),
    conditionsInWords(after.conditions, names),
  );
  for (const priority of PRIORITIES)
    for (const kind of KINDS)
      compare(
        `${capital(priority)}, ${kind}`,
        target(before.targets[priority][`${kind}_seconds`]),
        target(after.targets[priority][`${kind}_seconds`]),
      );
  for (const kind of KINDS)
    compare(
      `Calendar for ${kind}`,
      calendarInWords(before.calendars[kind]),
      calendarInWords(after.calendars[kind]),
    );
  const warnings = (terms: Terms) =>
    capital(terms.warnings.map(warningInWords).join(", ") || "none");
  compare("Warnings", warnings(before), warnings(after));
  compare(
    "Pauses",
    pausesInWords(before.pauses, names),
    pausesInWords(after.pauses, names),
  );
  compare(
    "After reopening",
    REOPENING_WORDS[before.reopening],
    REOPENING_WORDS[after.reopening],
  );
  const levels = (terms: Terms) => keyed(terms.escalations);
  const [old, now] = [levels(before), levels(after)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const words = (level: EscalationLevel | undefined) =>
      level ? capital(levelInWords(level, names)) : null;
    compare(`Escalation ${quoted(name)}`, words(old.get(name)), words(now.get(name)));
  }
  return changes;
}

/** Levels by name; a name that stands twice is counted. */
function keyed(levels: EscalationLevel[]): Map<string, EscalationLevel> {
  const known = new Map<string, EscalationLevel>();
  for (const level of levels) {
    let name = level.name;
    for (let n = 2; known.has(name); n++) name = `${level.name} (${n})`;
    known.set(name, level);
  }
  return known;
}
