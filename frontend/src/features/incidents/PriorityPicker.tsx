import { Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Priority } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { useTick } from "../../ui/ticker";
import { formatMoment, formatTarget } from "../../ui/time";
import { policiesQuery } from "../sla/queries";
import { PriorityBadge } from "./badges";
import classes from "./CreateIncident.module.css";
import { PRIORITIES, PRIORITY_WORDS } from "./filters";

type Props = {
  value: Priority;
  onChange: (priority: Priority) => void;
  preview?: boolean;
};

/** Four priorities, each with what the policy promises for it. */
export function PriorityPicker({ value, onChange, preview = true }: Props) {
  const { data: policies } = useQuery(policiesQuery);
  // Where there are several, words and tags decide: only the server knows which.
  const policy = policies?.length === 1 ? policies[0] : undefined;
  const chosen = policy?.targets[value];
  // Around the clock every hour counts: deadlines are plain sums. On other calendars
  // only the server counts, once the incident exists.
  const sums = policy && !policy.calendars.response && !policy.calendars.resolution;
  return (
    <Radio.Group
      label="Priority"
      value={value}
      onChange={(next) => onChange(next as Priority)}
    >
      <div className={classes.priorities}>
        {PRIORITIES.map((priority) => {
          const target = policy?.targets[priority];
          return (
            <Radio.Card
              key={priority}
              value={priority}
              className={classes.priority}
              aria-label={PRIORITY_WORDS[priority]}
            >
              <PriorityBadge priority={priority} />
              {target && (
                <span className={`${classes.target} num`}>
                  {target.response_seconds
                    ? `answer ${formatTarget(target.response_seconds)}`
                    : "no answer target"}
                  <br />
                  {target.resolution_seconds
                    ? `solve ${formatTarget(target.resolution_seconds)}`
                    : "no solve target"}
                </span>
              )}
            </Radio.Card>
          );
        })}
      </div>
      {preview && sums && chosen && (
        <Deadlines
          response={chosen.response_seconds ?? null}
          resolution={chosen.resolution_seconds ?? null}
        />
      )}
    </Radio.Group>
  );
}

type DeadlinesProps = { response: number | null; resolution: number | null };

function Deadlines({ response, resolution }: DeadlinesProps) {
  const timeZone = useTimeZone();
  const text = useTick((now) => {
    const at = (s: number) =>
      formatMoment(new Date(now + s * 1000).toISOString(), timeZone, now);
    const parts = [
      response ? `response due ${at(response)}` : "",
      resolution ? `resolution due ${at(resolution)}` : "",
    ].filter(Boolean);
    return parts.join(", ");
  });
  return text ? (
    <p className={`${classes.due} num`}>
      Created now: {text} ({timeZone}).
    </p>
  ) : null;
}
