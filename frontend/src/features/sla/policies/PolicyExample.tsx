import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { SegmentedControl, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../../api/errors";
import type { Calendar, PolicyDraft, Priority } from "../../../api/types";
import { serverNow } from "../../../ui/ticker";
import { PRIORITY_WORDS } from "../../incidents/filters";
import { calendarsQuery, simulationQuery } from "../calendars/queries";
import example from "../Example.module.css";
import { useExampleTime } from "../ExampleTime";
import { dueWords, exampleClock, nextAt } from "../example";
import { Panel } from "../Panel";
import { Ribbon } from "../Ribbon";
import { type Kind, PRIORITIES } from "./form";
import classes from "./Policy.module.css";
import { useNames } from "./queries";
import { spanOf, storyOf } from "./story";

const WORDS = PRIORITIES.map((p) => ({
  value: p,
  label: PRIORITY_WORDS[p].toLowerCase(),
}));

/** What becomes of one incident under the policy as it is edited. */
export function PolicyExample({ draft }: { draft: PolicyDraft }) {
  const [priority, setPriority] = useState<Priority>(
    () => PRIORITIES.find((p) => draft.targets[p].resolution_seconds) ?? "critical",
  );
  const { fields, weekday, minutes } = useExampleTime();
  const [shown] = useDebouncedValue(draft, 200);
  return (
    <Panel title={t`For example`}>
      <div className={example.question}>
        <Trans>
          A
          <Select
            aria-label={t`Priority of the example`}
            className={example.day}
            data={WORDS}
            value={priority}
            allowDeselect={false}
            onChange={(value) => value && setPriority(value as Priority)}
          />
          incident that comes in on
          {fields}
        </Trans>
      </div>
      {minutes !== null && (
        <Story draft={shown} priority={priority} weekday={weekday} minutes={minutes} />
      )}
    </Panel>
  );
}

type Props = {
  draft: PolicyDraft;
  priority: Priority;
  weekday: number;
  minutes: number;
};

function Story({ draft, priority, weekday, minutes }: Props) {
  const { data: calendars = [] } = useQuery(calendarsQuery);
  const names = useNames();
  const [now] = useState(serverNow);
  const [chosen, setChosen] = useState<Kind>("resolution");
  const calendarOf = (kind: Kind) =>
    calendars.find((one) => one.id === draft.calendars?.[kind]) ?? null;
  const zone =
    calendarOf("resolution")?.timezone ?? calendarOf("response")?.timezone ?? "UTC";
  const at = nextAt(weekday, minutes, zone, now);
  const spans = {
    response: spanOf(draft, priority, "response"),
    resolution: spanOf(draft, priority, "resolution"),
  };
  const response = useSteps(calendarOf("response"), spans.response, at);
  const resolution = useSteps(calendarOf("resolution"), spans.resolution, at);
  const error = response.error ?? resolution.error;
  if (error) return <p className={example.wrong}>{messageOf(error)}</p>;
  if (!spans.response && !spans.resolution)
    return (
      <p className={example.answer}>{t`Nothing is promised for this priority.`}</p>
    );
  const steps = {
    response: spans.response ? (response.data ?? null) : null,
    resolution: spans.resolution ? (resolution.data ?? null) : null,
  };
  const story = storyOf(draft, priority, at, steps, names);
  const drawn = steps[chosen] ? chosen : steps.resolution ? "resolution" : "response";
  const seconds = draft.targets[priority][`${drawn}_seconds`];
  const clock =
    steps[drawn] && seconds
      ? exampleClock({ kind: drawn, at, seconds, steps: steps[drawn] })
      : null;
  return (
    <>
      <ol
        className={classes.story}
        aria-label={t`What happens when nobody does anything`}
      >
        {story.map((one, i) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: two may say the same at once
            key={i}
            className={`${classes.happening} ${classes[one.tone]}`}
          >
            <time dateTime={one.at}>{dueWords(one.at, zone, "short")}</time>
            <span>{one.words}</span>
          </li>
        ))}
      </ol>
      {clock && (
        <>
          {steps.response && steps.resolution && (
            <SegmentedControl
              aria-label={t`Clock to draw`}
              size="xs"
              mt={16}
              mb={8}
              data={[
                { value: "response", label: t`Response` },
                { value: "resolution", label: t`Resolution` },
              ]}
              value={drawn}
              onChange={(value) => setChosen(value as Kind)}
            />
          )}
          <Ribbon clock={clock} timeZone={zone} asOf={null} answeredAt={null} />
        </>
      )}
    </>
  );
}

/** The way of one clock, as far as something is to happen on it. */
function useSteps(calendar: Calendar | null, span: number | null, at: string) {
  const query = useQuery({
    ...simulationQuery({
      calendar: calendar && {
        timezone: calendar.timezone,
        weekly_hours: calendar.weekly_hours,
        holidays: calendar.holidays.map(({ date, name }) => ({
          date,
          name: name ?? "",
        })),
      },
      targets: { response_seconds: null, resolution_seconds: span },
      events: [{ at, type: "created", mode: "retarget" }],
      as_of: at,
    }),
    enabled: span !== null,
  });
  const current = query.data?.body.events[0]?.at === at;
  return {
    error: query.error,
    data: current ? query.data?.answer.clocks.resolution.steps : undefined,
  };
}
