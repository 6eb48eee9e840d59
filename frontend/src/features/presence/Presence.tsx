import { t } from "@lingui/core/macro";
import { VisuallyHidden } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import type { Attendance, Doing } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Avatar } from "../../ui/Person";
import { tip } from "../../ui/Tip";
import { attend } from "./attend";
import classes from "./Presence.module.css";
import { presenceQuery } from "./queries";
import { busiest, SILENCE, sentence, speak } from "./words";

const FACES = 3;
const SHORT: Record<Doing, string> = {
  viewing: "",
  editing: t`editing…`,
  typing: t`typing…`,
};

/** Who else has the incident open and what they do; agents see each other. */
export function Presence({ number }: { number: string }) {
  return isAtLeast(useUser(), "agent") ? <Others number={number} /> : null;
}

function Others({ number }: { number: string }) {
  const me = useUser();
  const root = useRef<HTMLDivElement>(null);
  useVisit(number, root);
  const { data = [] } = useQuery(presenceQuery(number));
  const others = data.filter(({ user }) => user.id !== me?.id);
  const [spoken, setSpoken] = useState(SILENCE);
  const next = speak(spoken, others);
  if (next !== spoken) setSpoken(next);
  return (
    <div ref={root} className={classes.presence}>
      <VisuallyHidden role="status">{spoken.text}</VisuallyHidden>
      {others.length > 0 && <Faces others={others} />}
    </div>
  );
}

function Faces({ others }: { others: Attendance[] }) {
  const short = SHORT[busiest(others)[0]?.state ?? "viewing"];
  const more = others.length - FACES;
  return (
    <>
      <ul className={classes.faces} aria-label={t`Also here`}>
        {others.slice(0, FACES).map((one) => (
          <li key={one.user.id} {...tip(sentence([one]))} data-state={one.state}>
            <Avatar name={one.user.name} />
            <VisuallyHidden>{sentence([one])}</VisuallyHidden>
          </li>
        ))}
        {more > 0 && <li className={classes.more}>+{more}</li>}
      </ul>
      <span className={classes.words} aria-hidden>
        {sentence(others)}
      </span>
      <span className={classes.short} aria-hidden>
        {short}
      </span>
    </>
  );
}

/**
 * Tells the others while the page is open. What is written in a part of the page that
 * says so by `data-doing` is told as that.
 */
function useVisit(number: string, root: RefObject<HTMLDivElement | null>) {
  const client = useQueryClient();
  useEffect(() => {
    const visit = attend(number, (people) =>
      client.setQueryData(presenceQuery(number).queryKey, people),
    );
    const page = root.current?.closest("article");
    const doing = ({ target }: Event) =>
      target instanceof Element
        ? target.closest<HTMLElement>("[data-doing]")?.dataset.doing
        : undefined;
    const onInput = (event: Event) => {
      const what = doing(event) as Doing | undefined;
      if (what) visit.does(what);
    };
    const onLeave = (event: Event) => doing(event) && visit.does("viewing");
    page?.addEventListener("input", onInput);
    page?.addEventListener("focusout", onLeave);
    return () => {
      page?.removeEventListener("input", onInput);
      page?.removeEventListener("focusout", onLeave);
      visit.leave();
    };
  }, [number, client, root]);
}
