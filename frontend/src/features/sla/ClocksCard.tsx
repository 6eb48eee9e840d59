import { t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { IncidentDetail, Sla } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { Time } from "../../ui/Time";
import { formatInstant, formatTarget } from "../../ui/time";
import { toastDone, toastError } from "../../ui/toast";
import classes from "./ClocksCard.module.css";
import { Fuse, KIND_WORDS } from "./Fuse";
import { hasTarget, type SetClock } from "./fuse";
import { PauseDialog } from "./PauseDialog";
import { isMaintenance, pauseWords } from "./pauseWords";
import { pauseReasonsQuery, slaQuery, useResumeClock } from "./queries";

/** Both clocks of an incident, and what stops and starts them. */
export function ClocksCard({ incident }: { incident: IncidentDetail }) {
  const { data: sla } = useQuery(slaQuery(incident.number));
  const [pausing, setPausing] = useState(false);
  const resume = useResumeClock(incident.number);
  // Only its end ends maintenance.
  const maintained = sla?.pauses.every((p) => isMaintenance(p.reason)) ?? false;
  const may = (action: "pause" | "resume") =>
    incident.allowed_actions.includes(action) && !(action === "resume" && maintained);
  // The incident's own summary is there first; the SLA adds pauses and the policy.
  const clocks = sla?.clocks ?? incident.sla.clocks;
  const both = [clocks.response, clocks.resolution].filter((c) => hasTarget(c));

  const resumeNow = () =>
    resume.mutate(
      { slaId: incident.sla.id },
      {
        onSuccess: () => toastDone(t`The clock runs again`),
        onError: (error) => toastError(t`The clock was not resumed`, error),
      },
    );

  return (
    <section className={classes.card} aria-label={t`Clocks`}>
      <div className={classes.head}>
        <h2>{t`Clocks`}</h2>
        <Link
          to="/incidents/$number/why"
          params={{ number: incident.number }}
          className={classes.why}
        >
          {t`Why this deadline`}
        </Link>
      </div>
      <div className={classes.clocks}>
        {both.map((clock) => (
          <OneClock key={clock.kind} clock={clock} />
        ))}
      </div>
      {sla && sla.pauses.length > 0 && <Pauses sla={sla} />}
      {(may("pause") || may("resume")) && (
        <div className={classes.foot}>
          {may("pause") && (
            <Button
              variant="default"
              leftSection={<IconPlayerPause size={16} aria-hidden />}
              onClick={() => setPausing(true)}
            >
              {t`Pause clock`}
            </Button>
          )}
          {may("resume") && (
            <Button
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              loading={resume.isPending}
              onClick={resumeNow}
            >
              {t`Resume clock`}
            </Button>
          )}
        </div>
      )}
      {pausing && (
        <PauseDialog
          number={incident.number}
          slaId={incident.sla.id}
          onClose={() => setPausing(false)}
        />
      )}
    </section>
  );
}

function OneClock({ clock }: { clock: SetClock }) {
  const timeZone = useTimeZone();
  const at = (iso: string) => formatInstant(iso, timeZone);
  let due = "";
  if (clock.stopped_at) due = t`Stopped ${{ time: at(clock.stopped_at) }}`;
  else if (clock.deadline) due = t`Due ${{ time: at(clock.deadline) }}`;
  else if (clock.projected_deadline)
    due = t`If resumed now: due ${{ time: at(clock.projected_deadline) }}`;
  return (
    <div className={classes.clock}>
      <div className={classes.kind}>
        {KIND_WORDS[clock.kind]}
        <span className="dim num">
          {t`within ${{ time: formatTarget(clock.target_seconds) }}`}
        </span>
      </div>
      <Fuse clock={clock} big tooltip={false} />
      <div className={classes.due}>{due}</div>
    </div>
  );
}

function Pauses({ sla }: { sla: Sla }) {
  const { data: reasons = [] } = useQuery(pauseReasonsQuery);
  const label = (code: string) =>
    pauseWords(code, reasons.find((r) => r.code === code)?.label, sla.maintenance);
  return (
    <ul className={classes.pauses}>
      {sla.pauses.map((pause) => (
        <li key={`${pause.reason} ${pause.since}`}>
          <strong>{label(pause.reason)}</strong>
          {pause.actor && `, ${pause.actor.name}`}, <Time at={pause.since} />
          {pause.note && <div>{pause.note}</div>}
        </li>
      ))}
    </ul>
  );
}
