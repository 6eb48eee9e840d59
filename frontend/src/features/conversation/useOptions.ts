import { t } from "@lingui/core/macro";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { IncidentDetail } from "../../api/types";
import { isAtLeast, useTimeZone, useUser } from "../../api/useSession";
import { usersQuery } from "../accounts/queries";
import { fill, valuesOf } from "../replies/placeholders";
import { offeredRepliesQuery } from "../replies/queries";
import type { Typed } from "./completion";
import { type Draft, withPerson } from "./mentions";

export type Option = {
  key: string;
  label: string;
  hint?: string;
  /** What takes the place of what was typed, and the people of the draft after it. */
  take: (draft: Draft) => { insert: string; people: Draft["people"] };
};

const OFFERED = 8;
const ASKS_AFTER_MS = 120;

const has = (text: string, word: string) =>
  text.toLowerCase().includes(word.toLowerCase());

/** What completes what is being typed; reporters may not look people up. */
export function useOptions(
  typed: Typed | null,
  incident: IncidentDetail,
  internal: boolean,
): { options: Option[]; none: boolean } {
  const isAgent = isAtLeast(useUser(), "agent");
  const kind = isAgent ? typed?.kind : undefined;
  const word = typed?.word ?? "";
  const [asked] = useDebouncedValue(word, ASKS_AFTER_MS);
  const people = usePeople(kind === "person", word, asked, incident, internal);
  const replies = useReplies(kind === "reply", word, asked, incident);
  if (kind === "person") return { options: people, none: false };
  if (kind === "reply")
    return { options: replies ?? [], none: replies?.length === 0 && word === "" };
  return { options: [], none: false };
}

function usePeople(
  enabled: boolean,
  word: string,
  asked: string,
  { reporter }: IncidentDetail,
  internal: boolean,
): Option[] {
  const me = useUser()?.id;
  const { data } = useQuery({ ...usersQuery(enabled ? asked : ""), enabled });
  if (!enabled) return [];
  const agents = (data?.items ?? []).filter(
    (one) => one.role !== "reporter" && (has(one.name, word) || has(one.email, word)),
  );
  // A reporter never sees an internal note.
  const told = !internal && has(reporter.name, word) ? [reporter] : [];
  return [...new Map([...agents, ...told].map((one) => [one.id, one])).values()]
    .filter((one) => one.id !== me)
    .slice(0, OFFERED)
    .map((one) => ({
      key: one.id,
      label: one.name,
      ...(one.id === reporter.id ? { hint: t`Reported this` } : {}),
      take: (draft) => {
        const { label, people } = withPerson(draft.people, one);
        return { insert: `@${label} `, people };
      },
    }));
}

function useReplies(
  enabled: boolean,
  word: string,
  asked: string,
  incident: IncidentDetail,
): Option[] | undefined {
  const user = useUser();
  const timeZone = useTimeZone();
  const { data } = useQuery({ ...offeredRepliesQuery(enabled ? asked : ""), enabled });
  if (!enabled) return undefined;
  return data
    ?.filter((reply) => has(reply.title, word) || has(reply.body, word))
    .map((reply) => ({
      key: reply.id,
      label: reply.title,
      hint: reply.team?.name ?? "",
      take: (draft) => ({
        insert: fill(reply.body, valuesOf(incident, user, timeZone)),
        people: draft.people,
      }),
    }));
}
