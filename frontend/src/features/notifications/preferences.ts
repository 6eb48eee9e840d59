/** What people can be told, in words. Pure. */
import type { Preferences, PreferencesUpdate } from "../../api/types";

export type Choice = Preferences["choices"][number];
export type Kind = Choice["kind"];
export type When = Choice["when"];

export const KIND_TEXTS: Record<Kind, { title: string; hint: string }> = {
  sla_breached: {
    title: "A deadline was missed",
    hint: "Of an incident that you answer for.",
  },
  sla_escalated: {
    title: "An incident was escalated",
    hint: "The policy names you, your role or your team.",
  },
  sla_warned: {
    title: "A deadline comes near",
    hint: "Of an incident that is assigned to you.",
  },
  incident_created: {
    title: "An incident was created",
    hint: "Yours to work on, or one that you reported.",
  },
  incident_assigned: {
    title: "An incident was assigned to you",
    hint: "By a colleague or by a policy.",
  },
  incident_resolved: {
    title: "An incident was resolved",
    hint: "One that you reported or are concerned with.",
  },
  mentioned: {
    title: "Somebody mentioned you",
    hint: "In a comment, or for agents in an internal note.",
  },
  watched: {
    title: "News of what you watch",
    hint: "Public comments, changes of status and, for agents, missed deadlines.",
  },
  maintenance_announced: {
    title: "Maintenance was announced",
    hint: "Clocks will stand still for a while.",
  },
};

export const WHEN_WORDS: Record<When, string> = {
  at_once: "At once",
  digest: "In the digest",
  off: "Off",
};

export type Values = {
  choices: Record<Kind, When>;
  digest_at: string;
  quiet: boolean;
  quiet_from: string;
  quiet_to: string;
};

export function valuesOf(preferences: Preferences): Values {
  const { choices, digest_at, quiet_from, quiet_to } = preferences;
  return {
    choices: Object.fromEntries(choices.map((c) => [c.kind, c.when])) as Record<
      Kind,
      When
    >,
    digest_at,
    quiet: quiet_from !== null,
    quiet_from: quiet_from ?? "22:00",
    quiet_to: quiet_to ?? "07:00",
  };
}

export function updateOf(values: Values, preferences: Preferences): PreferencesUpdate {
  return {
    choices: preferences.choices.map(({ kind, channel }) => ({
      kind,
      channel,
      when: values.choices[kind],
    })),
    digest_at: values.digest_at,
    quiet_from: values.quiet ? values.quiet_from : null,
    quiet_to: values.quiet ? values.quiet_to : null,
  };
}

/** Whether the quiet hours end on the next day. */
export function passesMidnight({ quiet_from, quiet_to }: Values): boolean {
  return quiet_to < quiet_from;
}
