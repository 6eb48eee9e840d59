/** Policies in words that people say. Pure. */
import { t } from "@lingui/core/macro";
import type {
  Conditions,
  EscalationAction,
  EscalationLevel,
  PauseRules,
  PolicyVersion,
  Warn,
} from "../../../api/types";
import { intlTag } from "../../../i18n";
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

const either = new Intl.ListFormat(intlTag(), { type: "disjunction" });
const all = new Intl.ListFormat(intlTag(), { type: "conjunction" });

const PRIORITY = {
  critical: t`critical`,
  high: t`high`,
  medium: t`medium`,
  low: t`low`,
};

const KIND = {
  response: t`the response`,
  resolution: t`the resolution`,
  both: t`response or resolution`,
};

const KIND_AFTER = { response: t`response`, resolution: t`resolution` };

export const CALENDAR_WORDS = {
  response: t`Calendar for response`,
  resolution: t`Calendar for resolution`,
};

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
const quoted = (words: string) => t`“${words}”`;

function teamsInWords(teams: string[]): string {
  const names = either.format(teams);
  return teams.length > 1 ? t`of the teams ${names}` : t`of the team ${names}`;
}

/** `Critical or high incidents of the team Networks, tagged vip` */
export function conditionsInWords(conditions: Conditions, names: Names): string {
  const { priorities, team_ids, organization_ids, tags, text } = conditions;
  const parts: string[] = [];
  if (team_ids?.length) parts.push(teamsInWords(team_ids.map(names.team)));
  if (organization_ids?.length)
    parts.push(
      t`from ${{ organizations: either.format(organization_ids.map(names.organization)) }}`,
    );
  if (tags?.length) parts.push(t`tagged ${{ tags: either.format(tags) }}`);
  if (text) parts.push(t`with ${{ text: quoted(text) }} in title or description`);
  const which = priorities?.length
    ? t`${{ priorities: either.format(priorities.map((p) => PRIORITY[p])) }} incidents`
    : "";
  if (!which && parts.length === 0) return t`Every incident`;
  return [capital(which || t`incidents`), parts.join(", ")].filter(Boolean).join(" ");
}

export function warningInWords({ percent, seconds_before }: Warn): string {
  return percent
    ? t`at ${percent} % of the time`
    : t`${{ time: formatDuration(seconds_before ?? 0) }} before the deadline`;
}

export function triggerInWords(level: EscalationLevel): string {
  const [kind, another] = level.kinds ?? [];
  const of = KIND[kind && !another ? kind : "both"];
  switch (level.trigger) {
    case "warning":
      return level.percent
        ? t`When ${{ percent: level.percent }} % of the time for ${of} is used`
        : t`${{ time: formatDuration(level.seconds_before ?? 0) }} before ${of} is due`;
    case "breach":
      return t`When ${of} is overdue`;
    default:
      return t`${{ time: formatDuration(level.seconds_after ?? 0) }} of working time after ${of} was due`;
  }
}

const ROLES = {
  administrator: t`all administrators`,
  manager: t`all managers`,
  agent: t`all agents`,
};

export function actionInWords(action: EscalationAction, names: Names): string {
  switch (action.type) {
    case "notify":
      return t`tell ${{ people: audience(action, names) }}`;
    case "reassign":
      return action.user_id
        ? t`give it to ${{ person: names.user(action.user_id) }}`
        : t`give it to the team ${{ team: action.team_id ? names.team(action.team_id) : "…" }}`;
    case "raise_priority":
      return action.priority
        ? t`raise the priority to ${{ priority: PRIORITY[action.priority] }}`
        : t`raise the priority by one step`;
    default:
      return t`add the internal note ${{ text: quoted(shortened(action.text ?? "")) }}`;
  }
}

function audience(action: EscalationAction, names: Names): string {
  switch (action.to) {
    case "reporter":
      return t`the reporter`;
    case "team":
      return action.team_id
        ? t`the team ${{ team: names.team(action.team_id) }}`
        : t`its team`;
    case "role":
      return ROLES[action.role ?? "manager"];
    case "user":
      return action.user_id ? names.user(action.user_id) : "…";
    default:
      return t`the assignee`;
  }
}

const shortened = (words: string) =>
  words.length > 60 ? `${words.slice(0, 57)}…` : words;

/** `When resolution is overdue, tell the assignee and raise the priority to critical` */
export function levelInWords(level: EscalationLevel, names: Names): string {
  const actions = level.actions.map((action) => actionInWords(action, names));
  return `${triggerInWords(level)}, ${all.format(actions) || t`do nothing`}`;
}

export function pausesInWords(pauses: PauseRules, names: Names): string {
  const parts = [
    pauses.reasons
      ? t`Only for ${{ reasons: either.format(pauses.reasons.map(names.reason)) }}`
      : t`For every reason on the list`,
  ];
  if (pauses.longest_seconds)
    parts.push(
      t`ends by itself after ${{ time: formatDuration(pauses.longest_seconds) }}`,
    );
  if (pauses.response === false) parts.push(t`the response clock runs on`);
  return parts.join("; ");
}

export const REOPENING_WORDS = {
  continue: t`Goes on with the time that was left`,
  restart: t`All of the target again`,
};

type Terms = Omit<
  PolicyVersion,
  "id" | "version" | "note" | "created_at" | "created_by"
>;

const target = (seconds: number | null | undefined) =>
  seconds ? formatDuration(seconds) : t`no target`;

/** What a target counts on when it has no calendar. */
export const EVERY_HOUR = "24 × 7";

function calendarInWords(calendar: Terms["calendars"]["response"]): string {
  return calendar
    ? t`${{ name: calendar.name }}, version ${{ version: calendar.version }}`
    : EVERY_HOUR;
}

/** What is different between two versions of a policy, in words. */
export function policyChanges(before: Terms, after: Terms, names: Names): Change[] {
  const changes: Change[] = [];
  const compare = (what: string, old: string | null, now: string | null) => {
    if (old !== now) changes.push({ what, before: old, after: now });
  };
  compare(
    t`For`,
    conditionsInWords(before.conditions, names),
    conditionsInWords(after.conditions, names),
  );
  for (const priority of PRIORITIES)
    for (const kind of KINDS)
      compare(
        `${capital(PRIORITY[priority])}, ${KIND_AFTER[kind]}`,
        target(before.targets[priority][`${kind}_seconds`]),
        target(after.targets[priority][`${kind}_seconds`]),
      );
  for (const kind of KINDS)
    compare(
      CALENDAR_WORDS[kind],
      calendarInWords(before.calendars[kind]),
      calendarInWords(after.calendars[kind]),
    );
  const warnings = (terms: Terms) =>
    capital(terms.warnings.map(warningInWords).join(", ") || t`none`);
  compare(t`Warnings`, warnings(before), warnings(after));
  compare(
    t`Pauses`,
    pausesInWords(before.pauses, names),
    pausesInWords(after.pauses, names),
  );
  compare(
    t`After reopening`,
    REOPENING_WORDS[before.reopening],
    REOPENING_WORDS[after.reopening],
  );
  const levels = (terms: Terms) => keyed(terms.escalations);
  const [old, now] = [levels(before), levels(after)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const words = (level: EscalationLevel | undefined) =>
      level ? capital(levelInWords(level, names)) : null;
    compare(
      t`Escalation ${{ name: quoted(name) }}`,
      words(old.get(name)),
      words(now.get(name)),
    );
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
