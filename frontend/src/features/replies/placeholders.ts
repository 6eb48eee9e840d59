/** What placeholders of canned replies stand for. Pure. */
import type { CannedReply, IncidentDetail, User } from "../../api/types";
import { formatInstant } from "../../ui/time";

export type Placeholder = CannedReply["placeholders"][number];

type Meaning = {
  label: string;
  /** In the preview. */
  example: string;
  /** What stands in the text where an incident has none. */
  missing: string;
};

export const PLACEHOLDERS: Record<Placeholder, Meaning> = {
  "incident.number": {
    label: "Number of the incident",
    example: "INC-1042",
    missing: "[no number]",
  },
  "incident.title": {
    label: "Its title",
    example: "Disk full on db-3",
    missing: "[no title]",
  },
  "incident.priority": {
    label: "Its priority",
    example: "high",
    missing: "[no priority]",
  },
  "reporter.name": {
    label: "Who reported it",
    example: "Rita Reporter",
    missing: "[no reporter]",
  },
  "agent.name": {
    label: "Who writes the reply",
    example: "Anna Agent",
    missing: "[no agent]",
  },
  "assignee.name": {
    label: "Who works on it",
    example: "Carl Colleague",
    missing: "[nobody assigned]",
  },
  "team.name": { label: "Its team", example: "Networks", missing: "[no team]" },
  "deadline.response": {
    label: "When an answer is due",
    example: "Tue 3 Mar 2026, 14:05 CET",
    missing: "[no response deadline]",
  },
  "deadline.resolution": {
    label: "When it is to be resolved",
    example: "Wed 4 Mar 2026, 12:00 CET",
    missing: "[no resolution deadline]",
  },
};

export const NAMES = Object.keys(PLACEHOLDERS) as Placeholder[];

export type Values = Record<Placeholder, string | null>;

export const EXAMPLES = Object.fromEntries(
  NAMES.map((name) => [name, PLACEHOLDERS[name].example]),
) as Values;

/** With the zone's name, as the reader may live in another one; without seconds. */
function deadline(iso: string | null | undefined, timeZone: string): string | null {
  return iso ? formatInstant(iso, timeZone).replace(/(\d\d:\d\d):\d\d/, "$1") : null;
}

/** What an incident has to fill in. */
export function valuesOf(
  incident: IncidentDetail,
  user: User | null,
  timeZone: string,
): Values {
  const { response, resolution } = incident.sla.clocks;
  return {
    "incident.number": incident.number,
    "incident.title": incident.title,
    "incident.priority": incident.priority,
    "reporter.name": incident.reporter.name,
    "agent.name": user?.name ?? null,
    "assignee.name": incident.assignee?.name ?? null,
    "team.name": incident.team?.name ?? null,
    "deadline.response": deadline(response?.deadline, timeZone),
    "deadline.resolution": deadline(resolution?.deadline, timeZone),
  };
}

const PATTERN = /\{\{([^{}]*)\}\}/g;

const isKnown = (name: string): name is Placeholder =>
  Object.hasOwn(PLACEHOLDERS, name);

/** A reply with its values; what an incident lacks is named in brackets. */
export function fill(body: string, values: Values): string {
  return body.replaceAll(PATTERN, (all, inner: string) => {
    const name = inner.trim();
    return isKnown(name) ? (values[name] ?? PLACEHOLDERS[name].missing) : all;
  });
}

/** What is left to be written by hand, as it stands in a text. */
export function missingIn(text: string): string[] {
  return NAMES.map((name) => PLACEHOLDERS[name].missing).filter((gap) =>
    text.includes(gap),
  );
}

/** What stands in braces and is no placeholder. */
export function unknownIn(body: string): string[] {
  return [...body.matchAll(PATTERN)]
    .filter(([, inner = ""]) => !isKnown(inner.trim()))
    .map(([all]) => all);
}
