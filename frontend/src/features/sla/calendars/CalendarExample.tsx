import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../../api/errors";
import type { CalendarDraft } from "../../../api/types";
import { serverNow } from "../../../ui/ticker";
import { parseDuration } from "../duration";
import classes from "../Example.module.css";
import { useExampleTime } from "../ExampleTime";
import { dueWords, exampleClock, nextAt } from "../example";
import { Panel } from "../Panel";
import { Ribbon } from "../Ribbon";
import { simulationQuery } from "./queries";

/** What the calendar makes of one incident, while it is edited. */
export function CalendarExample({ calendar }: { calendar: CalendarDraft }) {
  const [length, setLength] = useState("4 h");
  const { fields, weekday, minutes } = useExampleTime();
  const seconds = parseDuration(length);
  return (
    <Panel title={t`For example`}>
      <div className={classes.question}>
        <Trans>
          An incident of
          <TextInput
            aria-label={t`Work in the example`}
            className={classes.short}
            value={length}
            error={seconds === null}
            onChange={(e) => setLength(e.currentTarget.value)}
          />
          that comes in on
          {fields}
          is due
        </Trans>
      </div>
      {seconds !== null && minutes !== null && (
        <Answer
          calendar={calendar}
          seconds={seconds}
          weekday={weekday}
          minutes={minutes}
        />
      )}
    </Panel>
  );
}

type Props = {
  calendar: CalendarDraft;
  seconds: number;
  weekday: number;
  minutes: number;
};

function Answer({ calendar, seconds, weekday, minutes }: Props) {
  const [now] = useState(serverNow);
  const at = startOf(weekday, minutes, calendar.timezone, now);
  const [body] = useDebouncedValue(
    {
      calendar,
      targets: { response_seconds: null, resolution_seconds: seconds },
      events: [{ at, type: "created" as const }],
      as_of: at,
    },
    150,
  );
  const query = useQuery(simulationQuery(body));
  if (query.isError) return <p className={classes.wrong}>{messageOf(query.error)}</p>;
  if (!query.data) return <p className={classes.answer}>…</p>;
  // What is drawn belongs to the question that was answered.
  const { body: asked, answer } = query.data;
  const timezone = asked.calendar?.timezone ?? "UTC";
  const clock = exampleClock({
    kind: "resolution",
    at: asked.events[0]?.at ?? at,
    seconds: asked.targets.resolution_seconds ?? 0,
    steps: answer.clocks.resolution.steps,
  });
  if (!clock?.deadline) return null;
  return (
    <>
      <p className={classes.answer} aria-live="polite">
        <strong>{dueWords(clock.deadline, timezone)}</strong>
      </p>
      <Ribbon clock={clock} timeZone={timezone} asOf={null} answeredAt={null} />
    </>
  );
}

/** A zone that is still being chosen counts as UTC. */
function startOf(weekday: number, minutes: number, timeZone: string, now: number) {
  try {
    return nextAt(weekday, minutes, timeZone, now);
  } catch {
    return nextAt(weekday, minutes, "UTC", now);
  }
}
