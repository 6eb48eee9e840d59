/** A policy while it is edited: what people type, and what the API takes. Pure. */
import { t } from "@lingui/core/macro";
import type {
  EscalationAction,
  EscalationLevel,
  Policy,
  PolicyDraft,
  PolicyVersion,
  Priority,
  Warn,
} from "../../../api/types";
import { formatDuration, parseDuration } from "../duration";

export const PRIORITIES = ["critical", "high", "medium", "low"] as const;
export const KINDS = ["response", "resolution"] as const;
export type Kind = (typeof KINDS)[number];

/** What stands for "no calendar" where a choice needs a value. */
export const ALWAYS = "always";

export type WarnForm = { unit: "percent" | "before"; value: string };

export type ActionForm = {
  type: EscalationAction["type"];
  to: NonNullable<EscalationAction["to"]>;
  role: NonNullable<EscalationAction["role"]>;
  user_id: string | null;
  team_id: string | null;
  /** Nothing is one step up. */
  priority: NonNullable<EscalationAction["priority"]> | "";
  /** Whom a reassignment goes to. */
  taker: "team" | "user";
  text: string;
};

export type LevelForm = {
  name: string;
  trigger: EscalationLevel["trigger"];
  /** Of a warning: a share of the time, or time before the deadline. */
  unit: WarnForm["unit"];
  value: string;
  kind: Kind | "both";
  actions: ActionForm[];
};

type Texts = { response_seconds: string; resolution_seconds: string };

export type PolicyForm = {
  name: string;
  conditions: {
    priorities: Priority[];
    team_ids: string[];
    organization_ids: string[];
    tags: string[];
    text: string;
  };
  targets: Record<Priority, Texts>;
  calendars: Record<Kind, string>;
  warnings: WarnForm[];
  pauses: { every: boolean; reasons: string[]; longest: string; response: boolean };
  reopening: PolicyDraft["reopening"] & string;
  escalations: LevelForm[];
};

type Terms = Omit<
  PolicyVersion,
  "id" | "version" | "note" | "created_at" | "created_by"
>;

const text = (seconds: number | null | undefined) =>
  seconds ? formatDuration(seconds) : "";

const typedTarget = (target: Terms["targets"]["critical"]): Texts => ({
  response_seconds: text(target.response_seconds),
  resolution_seconds: text(target.resolution_seconds),
});

const typedWarning = (warn: Warn): WarnForm =>
  warn.percent
    ? { unit: "percent", value: String(warn.percent) }
    : { unit: "before", value: text(warn.seconds_before) };

export const newAction = (): ActionForm => ({
  type: "notify",
  to: "assignee",
  role: "manager",
  user_id: null,
  team_id: null,
  priority: "",
  taker: "team",
  text: "",
});

export const newLevel = (number: number): LevelForm => ({
  name: t`Level ${number}`,
  trigger: "breach",
  unit: "percent",
  value: "",
  kind: "both",
  actions: [newAction()],
});

const typedAction = (action: EscalationAction): ActionForm => ({
  ...newAction(),
  type: action.type,
  to: action.to ?? "assignee",
  role: action.role ?? "manager",
  user_id: action.user_id ?? null,
  team_id: action.team_id ?? null,
  priority: action.priority ?? "",
  taker: action.user_id ? "user" : "team",
  text: action.text ?? "",
});

const typedLevel = (level: EscalationLevel): LevelForm => ({
  name: level.name,
  trigger: level.trigger,
  unit: level.seconds_before ? "before" : "percent",
  value: level.percent
    ? String(level.percent)
    : text(level.seconds_before ?? level.seconds_after),
  kind: level.kinds?.length === 1 ? (level.kinds[0] as Kind) : "both",
  actions: level.actions.map(typedAction),
});

export function newForm(): PolicyForm {
  const none = { response_seconds: "", resolution_seconds: "" };
  return {
    name: "",
    conditions: {
      priorities: [],
      team_ids: [],
      organization_ids: [],
      tags: [],
      text: "",
    },
    targets: {
      critical: { response_seconds: text(1800), resolution_seconds: text(14_400) },
      high: { response_seconds: text(7200), resolution_seconds: text(28_800) },
      medium: { ...none },
      low: { ...none },
    },
    calendars: { response: ALWAYS, resolution: ALWAYS },
    warnings: [{ unit: "percent", value: "80" }],
    pauses: { every: true, reasons: [], longest: "", response: true },
    reopening: "continue",
    escalations: [],
  };
}

export function toForm(policy: Terms & { name: string }): PolicyForm {
  const { conditions, targets, calendars, pauses } = policy;
  return {
    name: policy.name,
    conditions: {
      priorities: conditions.priorities ?? [],
      team_ids: conditions.team_ids ?? [],
      organization_ids: conditions.organization_ids ?? [],
      tags: conditions.tags ?? [],
      text: conditions.text ?? "",
    },
    targets: {
      critical: typedTarget(targets.critical),
      high: typedTarget(targets.high),
      medium: typedTarget(targets.medium),
      low: typedTarget(targets.low),
    },
    calendars: {
      response: calendars.response?.id ?? ALWAYS,
      resolution: calendars.resolution?.id ?? ALWAYS,
    },
    warnings: policy.warnings.map(typedWarning),
    pauses: {
      every: !pauses.reasons,
      reasons: pauses.reasons ?? [],
      longest: text(pauses.longest_seconds),
      response: pauses.response ?? true,
    },
    reopening: policy.reopening,
    escalations: policy.escalations.map(typedLevel),
  };
}

const list = <T>(values: T[]) => (values.length > 0 ? values : null);

function warnOf({ unit, value }: WarnForm): Warn {
  return unit === "percent"
    ? { percent: parsePercent(value) }
    : { seconds_before: parseDuration(value) };
}

function actionOf(action: ActionForm): EscalationAction {
  const { type, to, role, user_id, team_id, taker } = action;
  switch (type) {
    case "notify":
      return {
        type,
        to,
        ...(to === "role" ? { role } : {}),
        ...(to === "user" ? { user_id } : {}),
        ...(to === "team" && team_id ? { team_id } : {}),
      };
    case "reassign":
      return { type, ...(taker === "user" ? { user_id } : { team_id }) };
    case "raise_priority":
      return { type, ...(action.priority ? { priority: action.priority } : {}) };
    default:
      return { type, text: action.text.trim() };
  }
}

export function levelOf(level: LevelForm): EscalationLevel {
  const { name, trigger, unit, value, kind } = level;
  return {
    name: name.trim(),
    trigger,
    ...(trigger === "warning" ? warnOf({ unit, value }) : {}),
    ...(trigger === "after_breach" ? { seconds_after: parseDuration(value) } : {}),
    ...(kind === "both" ? {} : { kinds: [kind] }),
    actions: level.actions.map(actionOf),
  };
}

const calendarId = (value: string) => (value === ALWAYS ? null : value);

export function toDraft(form: PolicyForm): PolicyDraft {
  const { conditions, calendars, pauses } = form;
  const target = (p: Priority) => ({
    response_seconds: parseDuration(form.targets[p].response_seconds),
    resolution_seconds: parseDuration(form.targets[p].resolution_seconds),
  });
  return {
    conditions: {
      priorities: list(conditions.priorities),
      team_ids: list(conditions.team_ids),
      organization_ids: list(conditions.organization_ids),
      tags: list(conditions.tags),
      text: conditions.text.trim() || null,
    },
    targets: {
      critical: target("critical"),
      high: target("high"),
      medium: target("medium"),
      low: target("low"),
    },
    calendars: {
      response: calendarId(calendars.response),
      resolution: calendarId(calendars.resolution),
    },
    warnings: form.warnings.map(warnOf),
    pauses: {
      reasons: pauses.every ? null : pauses.reasons,
      longest_seconds: parseDuration(pauses.longest),
      response: pauses.response,
    },
    reopening: form.reopening,
    escalations: form.escalations.map(levelOf),
  };
}

/** A whole share of 1 to 99 per cent. */
export function parsePercent(value: string): number | null {
  const percent = Number(value.trim().replace(/\s*%$/, ""));
  return Number.isInteger(percent) && percent >= 1 && percent <= 99 ? percent : null;
}

const DURATION = t`Write 30m, 4h or 1d 12h`;
const PERCENT = t`1 to 99`;

const wrongValue = ({ unit, value }: WarnForm) =>
  unit === "percent"
    ? parsePercent(value) === null && PERCENT
    : parseDuration(value) === null && DURATION;

export type Wrong = Record<string, string>;

/** What is wrong with a form before the server is asked, by the path of the field. */
export function wrongWith(form: PolicyForm): Wrong {
  const wrong: Wrong = {};
  const note = (path: string, words: string | false | null) => {
    if (words) wrong[path] = words;
  };
  note("name", !form.name.trim() && t`Give the policy a name`);
  let promises = 0;
  for (const priority of PRIORITIES)
    for (const kind of KINDS) {
      const typed = form.targets[priority][`${kind}_seconds`].trim();
      if (typed) promises += 1;
      note(
        `targets.${priority}.${kind}_seconds`,
        typed !== "" && parseDuration(typed) === null && DURATION,
      );
    }
  note("targets", promises === 0 && t`Promise something: write at least one target`);
  form.warnings.forEach((warn, i) => {
    note(`warnings.${i}`, wrongValue(warn));
  });
  const { longest, every, reasons } = form.pauses;
  note(
    "pauses.longest_seconds",
    longest.trim() !== "" && parseDuration(longest) === null && DURATION,
  );
  note("pauses.reasons", !every && reasons.length === 0 && t`Choose a reason, or all`);
  form.escalations.forEach((level, i) => {
    for (const [path, words] of Object.entries(wrongWithLevel(level)))
      note(`escalations.${i}.${path}`, words);
  });
  return wrong;
}

function wrongWithLevel(level: LevelForm): Wrong {
  const wrong: Wrong = {};
  if (!level.name.trim()) wrong.name = t`Give the level a name`;
  const value =
    level.trigger === "breach"
      ? false
      : level.trigger === "warning"
        ? wrongValue(level)
        : parseDuration(level.value) === null && DURATION;
  if (value) wrong.value = value;
  if (level.actions.length === 0) wrong.actions = t`Say what is done`;
  level.actions.forEach((action, i) => {
    const words = wrongWithAction(action);
    if (words) wrong[`actions.${i}`] = words;
  });
  return wrong;
}

function wrongWithAction(action: ActionForm): string | null {
  const { type, to, taker } = action;
  if (type === "comment") return action.text.trim() ? null : t`Write the note`;
  if (type === "notify") return to === "user" && !action.user_id ? t`Choose who` : null;
  if (type === "reassign")
    return (taker === "user" ? action.user_id : action.team_id) ? null : t`Choose who`;
  return null;
}

/** The API's field as a path of the form: `warnings[0].percent` is `warnings.0`. */
export function pathOf(apiField: string): string {
  const path = apiField.replace(/^draft\./, "").replace(/\[(\d+)\]/g, ".$1");
  return path
    .replace(/^(warnings\.\d+)\..*$/, "$1")
    .replace(/^(escalations\.\d+)\.(percent|seconds_before|seconds_after)$/, "$1.value")
    .replace(/^(escalations\.\d+\.actions\.\d+)\..*$/, "$1");
}

/** The first error at a path or below it. */
export function errorAt(wrong: Wrong, path: string): string | undefined {
  return (
    wrong[path] ?? Object.entries(wrong).find(([p]) => p.startsWith(`${path}.`))?.[1]
  );
}

/** The errors that are left when a part has been changed. */
export function without(wrong: Wrong, part: string): Wrong {
  return Object.fromEntries(
    Object.entries(wrong).filter(
      ([path]) => path !== part && !path.startsWith(`${part}.`),
    ),
  );
}

/** The terms of a policy as a draft says them, with the calendars' names. */
export function termsOf(
  draft: PolicyDraft,
  calendarOf: (id: string | null | undefined) => Policy["calendars"]["response"],
): Terms {
  return {
    conditions: draft.conditions ?? {},
    targets: draft.targets,
    calendars: {
      response: calendarOf(draft.calendars?.response),
      resolution: calendarOf(draft.calendars?.resolution),
    },
    warnings: draft.warnings ?? [],
    pauses: draft.pauses ?? { response: true },
    reopening: draft.reopening ?? "continue",
    escalations: draft.escalations ?? [],
  };
}
