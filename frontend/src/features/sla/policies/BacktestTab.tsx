import { plural, t } from "@lingui/core/macro";
import {
  Alert,
  Button,
  Progress,
  SegmentedControl,
  Select,
  TextInput,
} from "@mantine/core";
import { IconHistory, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { messageOf } from "../../../api/errors";
import type { Backtest, BacktestResult, Policy, PolicyDraft } from "../../../api/types";
import { useTimeZone } from "../../../api/useSession";
import type { DataColumn } from "../../../ui/DataTable";
import { State } from "../../../ui/State";
import { serverNow } from "../../../ui/ticker";
import { formatMoment } from "../../../ui/time";
import { PriorityBadge } from "../../incidents/badges";
import editor from "../Editor.module.css";
import { KIND_WORDS } from "../Fuse";
import { LongTable } from "../LongTable";
import { Panel } from "../Panel";
import { instantOf } from "../zone";
import { AttainmentChart } from "./AttainmentChart";
import classes from "./Backtest.module.css";
import { policyVersionsQuery, useBacktest } from "./queries";

const DAY_MS = 86_400_000;
const DRAFT = "draft";

const PERIODS = [
  { value: "7", label: t`7 days` },
  { value: "30", label: t`30 days` },
  { value: "90", label: t`90 days` },
  { value: "dates", label: t`Dates` },
];

type Props = {
  /** The policy that is asked; a new one asks by way of the default. */
  id: string;
  policy: Policy | null;
  /** `null` while it cannot be read. */
  draft: PolicyDraft | null;
  edited: boolean;
};

/** What the terms would have made of past incidents, beside what really happened. */
export function BacktestTab({ id, policy, draft, edited }: Props) {
  const timeZone = useTimeZone();
  const { data: versions = [] } = useQuery({
    ...policyVersionsQuery(id),
    enabled: policy !== null,
  });
  const [tried, setTried] = useState(
    edited || !policy ? DRAFT : String(policy.version),
  );
  const [period, setPeriod] = useState("30");
  const [dates, setDates] = useState({ from: "", to: "" });
  const trial = useBacktest();
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);
  const span = spanOf(period, dates, timeZone);
  const unreadable = tried === DRAFT && draft === null;

  const run = () => {
    if (!span || unreadable) return;
    running.current = new AbortController();
    const what: Partial<Backtest> =
      tried === DRAFT ? { draft } : { version: Number(tried) };
    trial.mutate({
      id,
      body: { ...span, ...what } as Backtest,
      signal: running.current.signal,
    });
  };
  const stopped = trial.isError && running.current?.signal.aborted;
  return (
    <div className={classes.page}>
      <Panel
        title={t`Try it on the past`}
        hint={
          tried === DRAFT
            ? t`The terms are run on the past incidents that they are for. Nothing is changed.`
            : t`A version is run on the incidents that had this policy. Nothing is changed.`
        }
      >
        <div className={classes.choices}>
          <Select
            label={t`Terms`}
            allowDeselect={false}
            data={[
              {
                value: DRAFT,
                label: edited ? t`As edited, not published` : t`As in the editor`,
              },
              ...versions.map(({ version }, i) => ({
                value: String(version),
                label:
                  i === 0 ? t`Version ${version}, in force` : t`Version ${version}`,
              })),
            ]}
            value={tried}
            onChange={(value) => value && setTried(value)}
          />
          <div>
            <span className={classes.label}>{t`Incidents of the last`}</span>
            <SegmentedControl
              aria-label={t`Period`}
              data={PERIODS}
              value={period}
              onChange={setPeriod}
            />
          </div>
          {period === "dates" && (
            <>
              <TextInput
                type="date"
                label={t`From`}
                value={dates.from}
                onChange={(e) => setDates({ ...dates, from: e.currentTarget.value })}
              />
              <TextInput
                type="date"
                label={t`To`}
                value={dates.to}
                error={
                  dates.from && dates.to && !span ? t`Before the first` : undefined
                }
                onChange={(e) => setDates({ ...dates, to: e.currentTarget.value })}
              />
            </>
          )}
          <Button
            leftSection={<IconPlayerPlay size={16} stroke={1.75} aria-hidden />}
            disabled={!span || unreadable || trial.isPending}
            onClick={run}
          >
            {t`Run`}
          </Button>
        </div>
        {unreadable && (
          <Alert color="yellow" mt="md">
            {t`The terms cannot be read yet: put right what is marked on the first tab.`}
          </Alert>
        )}
      </Panel>
      {trial.isPending ? (
        <div className={classes.progress} role="status">
          <Progress value={100} animated aria-label={t`The trial runs`} />
          <p>
            {t`Replaying the incidents from their ledgers. Ten thousand take some seconds.`}
          </p>
          <Button variant="default" onClick={() => running.current?.abort()}>
            {t`Stop`}
          </Button>
        </div>
      ) : trial.isError && !stopped ? (
        <Alert color="red" role="alert" title={t`This was not tried`}>
          {messageOf(trial.error)}
        </Alert>
      ) : trial.data ? (
        <Result result={trial.data} timeZone={timeZone} />
      ) : (
        <State icon={IconHistory} title={t`Before you promise it`}>
          {t`See what these terms would have made of past incidents: what would have been met, what missed, and which incidents would have ended differently.`}
        </State>
      )}
    </div>
  );
}

type Span = { from: string; to: string };

/** Days are those of the person; the last one counts whole. */
function spanOf(period: string, dates: Span, timeZone: string): Span | null {
  if (period !== "dates") {
    const to = serverNow();
    return {
      from: new Date(to - Number(period) * DAY_MS).toISOString(),
      to: new Date(to).toISOString(),
    };
  }
  const day = (text: string, days: number) =>
    instantOf(Date.parse(`${text}T00:00:00Z`) + days * DAY_MS, timeZone);
  if (!dates.from || !dates.to || dates.to < dates.from) return null;
  return {
    from: new Date(day(dates.from, 0)).toISOString(),
    to: new Date(day(dates.to, 1)).toISOString(),
  };
}

type Difference = BacktestResult["differences"][number];

function columnsOf(timeZone: string): DataColumn<Difference>[] {
  const at = (iso: string | null) =>
    iso ? formatMoment(iso, timeZone) : <span className="dim">{t`none`}</span>;
  return [
    {
      header: t`Incident`,
      cell: (d) => (
        <Link
          to="/incidents/$number/why"
          params={{ number: d.number }}
          className={editor.link}
        >
          <span className="num">{d.number}</span>{" "}
          <span className={classes.title}>{d.title}</span>
        </Link>
      ),
    },
    {
      header: t`Priority`,
      cell: (d) => <PriorityBadge priority={d.priority as "critical"} />,
    },
    { header: t`Target`, cell: (d) => KIND_WORDS[d.kind] },
    { header: t`Really`, cell: (d) => <Outcome status={d.actual_status} /> },
    { header: t`With these terms`, cell: (d) => <Outcome status={d.tried_status} /> },
    {
      header: t`Deadline was`,
      cell: (d) => <span className="num">{at(d.actual_deadline)}</span>,
    },
    {
      header: t`Would have been`,
      cell: (d) => <span className="num">{at(d.tried_deadline)}</span>,
    },
  ];
}

const OUTCOMES = {
  none: t`no target`,
  running: t`open`,
  paused: t`paused`,
  met: t`met`,
  breached: t`missed`,
} as const;

function Outcome({ status }: { status: Difference["tried_status"] }) {
  return (
    <span className={classes.outcome} data-status={status}>
      {OUTCOMES[status]}
    </span>
  );
}

function Result({ result, timeZone }: { result: BacktestResult; timeZone: string }) {
  if (result.incidents === 0)
    return (
      <State icon={IconHistory} title={t`No incident to try it on`}>
        {t`None of this period is one that the terms are for. Take a longer period, or other conditions.`}
      </State>
    );
  return (
    <>
      <Panel
        title={plural(result.incidents, { one: "# incident", other: "# incidents" })}
        hint={t`The share of decided clocks that kept their target. Open clocks are neither hit nor miss.`}
      >
        <AttainmentChart comparisons={result.comparisons} />
      </Panel>
      <Panel
        title={
          result.different === 0
            ? t`No incident would have ended differently`
            : plural(result.different, {
                one: "# would have ended differently",
                other: "# would have ended differently",
              })
        }
      >
        {result.differences.length > 0 ? (
          <LongTable
            label={t`Incidents that would have ended differently`}
            columns={columnsOf(timeZone)}
            rows={result.differences}
            total={result.different}
            rowKey={(d) => `${d.incident_id} ${d.kind}`}
          />
        ) : (
          <p className={editor.fact}>
            {t`These terms give what really happened, clock by clock.`}
          </p>
        )}
      </Panel>
    </>
  );
}
