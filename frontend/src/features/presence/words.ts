import { plural, t } from "@lingui/core/macro";
import type { Attendance, Doing } from "../../api/types";

const RANK: Record<Doing, number> = { viewing: 0, editing: 1, typing: 2 };

/** More names than this are a number. */
const NAMED = 2;

function names(people: Attendance[]): string {
  const [one = "", other] = people.map(({ user }) => user.name);
  if (people.length > NAMED) return t`${{ count: people.length }} people`;
  return other === undefined ? one : t`${one} and ${other}`;
}

/** What most concerns the reader: who types, else who edits, else who looks. */
export function busiest(people: Attendance[]): Attendance[] {
  const most = Math.max(...people.map(({ state }) => RANK[state]));
  return people.filter(({ state }) => RANK[state] === most);
}

/** `Carl is typing a comment…` */
export function sentence(people: Attendance[]): string {
  const some = busiest(people);
  const [first] = some;
  if (!first) return "";
  const who = names(some);
  switch (first.state) {
    case "typing":
      return plural(some.length, {
        one: `${who} is typing a comment…`,
        other: `${who} are typing a comment…`,
      });
    case "editing":
      return plural(some.length, {
        one: `${who} is editing this…`,
        other: `${who} are editing this…`,
      });
    case "viewing":
      return plural(some.length, {
        one: `${who} is looking`,
        other: `${who} are looking`,
      });
  }
}

export type Spoken = { people: string; rank: number; text: string };

export const SILENCE: Spoken = { people: "", rank: -1, text: "" };

/**
 * What a screen reader says: who comes, and the first time that somebody of them types.
 * That they pause and go on is said no more.
 */
export function speak(before: Spoken, people: Attendance[]): Spoken {
  const ids = people
    .map(({ user }) => user.id)
    .sort()
    .join();
  if (ids === "") return before.people === "" ? before : SILENCE;
  const rank = Math.max(...people.map(({ state }) => RANK[state]));
  if (ids === before.people && rank <= before.rank) return before;
  return { people: ids, rank, text: sentence(people) };
}
