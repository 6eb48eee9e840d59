import { t } from "@lingui/core/macro";
import { ActionIcon, Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconEye, IconEyeFilled, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IncidentDetail, UserRef, Watcher } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { useHotkeys } from "../../shell/hotkeys";
import { Person } from "../../ui/Person";
import { tip } from "../../ui/Tip";
import { usersQuery } from "../accounts/queries";
import classes from "./Links.module.css";
import { useWatch, watchersQuery } from "./queries";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

/** Whether one watches an incident, and for agents who else does. */
export function WatchersCard({ incident }: { incident: IncidentDetail }) {
  const { number } = incident;
  const { data: watchers } = useQuery(watchersQuery(number));
  const user = useUser();
  const isAgent = isAtLeast(user, "agent");
  const watch = useWatch(number);
  const watching = watchers?.some((w) => w.user.id === user?.id) ?? false;
  const toggle = () => {
    if (user && watchers)
      watch.mutate({
        user: { id: user.id, name: user.name },
        on: !watching,
        me: true,
      });
  };
  useHotkeys([{ keys: "w", label: t`Watch`, group: "Incident", run: toggle }]);
  return (
    <section className={classes.card} aria-label={t`Watchers`} aria-busy={!watchers}>
      <div className={classes.head}>
        <h2>
          {t`Watchers`}{" "}
          {isAgent && watchers && watchers.length > 0 && (
            <span className="dim num">{watchers.length}</span>
          )}
        </h2>
        <Button
          {...tip(watching ? t`Stop watching (w)` : t`Watch (w)`)}
          size="xs"
          variant={watching ? "light" : "default"}
          aria-pressed={watching}
          disabled={!watchers}
          leftSection={watching ? <IconEyeFilled {...icon} /> : <IconEye {...icon} />}
          onClick={toggle}
        >
          {watching ? t`Watching` : t`Watch`}
        </Button>
      </div>
      <p className={classes.hint}>
        {isAgent
          ? t`Who watches is told of public comments, changes of status and missed deadlines.`
          : t`Watch to be told of comments and changes of status.`}
      </p>
      {isAgent && (
        <People
          watchers={watchers ?? []}
          reporter={incident.reporter}
          onChange={(person, on) =>
            watch.mutate({ user: person, on, me: person.id === user?.id })
          }
        />
      )}
    </section>
  );
}

type PeopleProps = {
  watchers: Watcher[];
  reporter: UserRef;
  onChange: (person: UserRef, on: boolean) => void;
};

function People({ watchers, reporter, onChange }: PeopleProps) {
  return (
    <>
      {watchers.length > 0 && (
        <ul className={classes.list}>
          {watchers.map(({ user }) => (
            <li key={user.id} className={classes.item}>
              <span className={classes.words}>
                <Person user={user} />
              </span>
              <ActionIcon
                variant="subtle"
                color="gray"
                className={classes.touch}
                aria-label={t`Remove ${{ name: user.name }} from the watchers`}
                onClick={() => onChange(user, false)}
              >
                <IconX {...icon} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
      <AddWatcher
        watchers={watchers}
        reporter={reporter}
        onAdd={(person) => onChange(person, true)}
      />
    </>
  );
}

type AddProps = {
  watchers: Watcher[];
  reporter: UserRef;
  onAdd: (person: UserRef) => void;
};

/** Offers everybody who may see the incident and does not watch it yet. */
function AddWatcher({ watchers, reporter, onAdd }: AddProps) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 150);
  const { data } = useQuery(usersQuery(q));
  const people = (data?.items ?? []).filter(
    (person) =>
      (person.role !== "reporter" || person.id === reporter.id) &&
      !watchers.some((watcher) => watcher.user.id === person.id),
  );
  return (
    <Select
      mt={8}
      size="sm"
      searchable
      aria-label={t`Add a watcher`}
      placeholder={t`Add somebody`}
      nothingFoundMessage={t`Nobody found`}
      data={people.map(({ id, name }) => ({ value: id, label: name }))}
      filter={({ options }) => options}
      value={null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(id) => {
        const person = people.find((p) => p.id === id);
        if (person) onAdd({ id: person.id, name: person.name });
        setText("");
      }}
    />
  );
}
