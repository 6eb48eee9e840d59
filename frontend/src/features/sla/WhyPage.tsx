import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button, Skeleton } from "@mantine/core";
import { IconArrowLeft, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ExplainedClock, Explanation } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { useHotkeys } from "../../shell/hotkeys";
import { Page } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { serverNow } from "../../ui/ticker";
import { formatInstant, formatTarget } from "../../ui/time";
import { Fuse, KIND_WORDS } from "./Fuse";
import { hasTarget, type SetClock } from "./fuse";
import { labelled } from "./pauseWords";
import { explainQuery, pauseReasonsQuery, slaQuery } from "./queries";
import { Ribbon } from "./Ribbon";
import { Steps } from "./Steps";
import classes from "./Why.module.css";

const route = getRouteApi("/app/incidents/$number/why");

/** How each deadline came about, drawn and in words. */
export function WhyPage() {
  const { number } = route.useParams();
  const navigate = route.useNavigate();
  const sla = useQuery(slaQuery(number));
  const explanation = useQuery({
    ...explainQuery(number, sla.data?.id ?? ""),
    enabled: !!sla.data,
  });
  useHotkeys([
    {
      keys: "Escape",
      label: t`Back to the incident`,
      group: "Incident",
      run: () => void navigate({ to: "/incidents/$number", params: { number } }),
    },
  ]);
  const failed = sla.isError ? sla : explanation.isError ? explanation : null;
  return (
    <Page
      title={t`Why this deadline · ${number}`}
      actions={
        <>
          <Link
            to="/incidents/$number"
            params={{ number }}
            className={`${classes.back} no-print`}
          >
            <IconArrowLeft size={16} aria-hidden /> {number}
          </Link>
          <Button
            className={`${classes.print} no-print`}
            variant="default"
            leftSection={<IconPrinter size={16} aria-hidden />}
            onClick={() => window.print()}
          >
            {t`Print`}
          </Button>
        </>
      }
    >
      {failed ? (
        <ErrorState error={failed.error} retry={() => void failed.refetch()} />
      ) : explanation.data ? (
        <Both explanation={explanation.data} />
      ) : (
        <div className={classes.clock} aria-busy="true">
          <Skeleton height={48} mb={16} />
          <Skeleton height={220} />
        </div>
      )}
    </Page>
  );
}

function Both({ explanation }: { explanation: Explanation }) {
  const { response, resolution } = explanation.clocks;
  return [resolution, response].map(
    (clock) =>
      hasTarget(clock) && (
        <OneClock
          key={clock.kind}
          clock={clock}
          explanation={explanation}
          answeredAt={response?.stopped_at ?? null}
        />
      ),
  );
}

type Props = {
  clock: SetClock<ExplainedClock>;
  explanation: Explanation;
  answeredAt: string | null;
};

function OneClock({ clock: told, explanation, answeredAt }: Props) {
  const { data: reasons } = useQuery(pauseReasonsQuery);
  const clock = useMemo(
    () => ({ ...told, steps: labelled(told.steps, reasons ?? []) }),
    [told, reasons],
  );
  const { timezone, policy, as_of } = explanation;
  const mine = useTimeZone();
  const deadline = clock.deadline ?? clock.projected_deadline;
  const { name, version } = policy;
  const target = formatTarget(clock.target_seconds);
  const start = formatInstant(clock.started_at, timezone);
  const end = deadline && formatInstant(deadline, timezone);
  return (
    <section className={classes.clock}>
      <div className={classes.head}>
        <div>
          <h2>{KIND_WORDS[clock.kind]}</h2>
          <p className={classes.sentence}>
            <Trans>
              <strong>{target}</strong> of working time by the policy “{name}” (version{" "}
              {version}), counted from {start}.
            </Trans>{" "}
            {end && (
              <>
                {clock.deadline ? (
                  <Trans>
                    That ends <strong>{end}</strong>
                  </Trans>
                ) : (
                  <Trans>
                    Resumed now, it would end <strong>{end}</strong>
                  </Trans>
                )}
                {deadline &&
                  mine !== timezone &&
                  ` ${t`(${{ time: formatInstant(deadline, mine) }} for you)`}`}
                .
              </>
            )}
          </p>
        </div>
        <Fuse clock={clock} big tooltip={false} />
      </div>
      <Ribbon clock={clock} timeZone={timezone} asOf={as_of} answeredAt={answeredAt} />
      <h3 className={classes.stepsTitle}>{t`Step by step`}</h3>
      <Steps clock={clock} timeZone={timezone} now={serverNow()} />
    </section>
  );
}
