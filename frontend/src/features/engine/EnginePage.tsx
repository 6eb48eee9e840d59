import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button, Progress, Skeleton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClockExclamation,
  IconShieldCheck,
  type TablerIcon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { ClockDifference, EngineStatus } from "../../api/types";
import { isAtLeast, useTimeZone, useUser } from "../../api/useSession";
import { formatNumber } from "../../i18n";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { Time } from "../../ui/Time";
import { serverNow } from "../../ui/ticker";
import { formatMoment, formatStillSpan } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import classes from "./Engine.module.css";
import { checkWords, lag, lastSeen, shares, type Tone } from "./health";
import { engineQuery, useCheckClocks } from "./queries";

const TONES: Record<Tone, TablerIcon> = {
  good: IconCircleCheck,
  risk: IconClockExclamation,
  bad: IconAlertTriangle,
};

const CLOCK_WORDS = { running: t`running`, paused: t`paused`, breached: t`overdue` };

/** Is the engine well, and what does it have before it? */
export function EnginePage() {
  const query = useQuery(engineQuery);
  return (
    <Page title={t`Engine`}>
      {query.data ? (
        <Status engine={query.data} />
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <div aria-busy="true" className={classes.page}>
          <Skeleton height={116} />
          <Skeleton height={140} />
        </div>
      )}
    </Page>
  );
}

function Status({ engine }: { engine: EngineStatus }) {
  const behind = lag(engine);
  const { pending, failed } = engine.outbox;
  const admin = useUser()?.role === "administrator";
  return (
    <div className={classes.page}>
      <dl className={classes.tiles}>
        <Tile label={t`Behind by`} value={behind.value} tone={behind.tone}>
          {behind.text}
        </Tile>
        <Tile
          label={t`Last seen`}
          value={engine.swept_at ? <Time at={engine.swept_at} /> : t`never`}
          tone={lastSeen(engine, serverNow())}
        >
          {t`It looks for due clocks once a second.`}
        </Tile>
        <Tile
          label={t`Due in the next hour`}
          value={formatNumber(engine.due_next_hour)}
        >
          {t`Deadlines of open clocks.`}
        </Tile>
        <Tile
          label={t`Mails waiting`}
          value={formatNumber(pending)}
          tone={failed > 0 ? "bad" : undefined}
        >
          {failed === 0 ? (
            t`None has failed in the last seven days.`
          ) : (
            <>
              {t`${{ number: formatNumber(failed) }} failed in the last seven days.`}{" "}
              {admin && (
                <Link to="/deliveries" search={{ status: "failed" }}>
                  {t`Look at them`}
                </Link>
              )}
            </>
          )}
        </Tile>
      </dl>
      <OpenClocks clocks={engine.clocks} />
      <Windows windows={engine.windows} />
      <Runs runs={engine.runs} />
      <Check check={engine.check} />
    </div>
  );
}

type TileProps = { label: string; value: ReactNode; tone?: Tone; children: ReactNode };

function Tile({ label, value, tone, children }: TileProps) {
  const Icon = tone && TONES[tone];
  return (
    <div className={classes.tile} data-tone={tone}>
      <dt>{label}</dt>
      <dd>
        <span className={`${classes.value} num`}>
          {Icon && (
            <Icon size={20} stroke={1.75} className={classes.mark} aria-hidden />
          )}
          {value}
        </span>
        <span className={classes.text}>{children}</span>
      </dd>
    </div>
  );
}

function OpenClocks({ clocks }: { clocks: EngineStatus["clocks"] }) {
  const parts = shares(clocks);
  const all = parts.reduce((sum, part) => sum + part.count, 0);
  return (
    <section className={classes.panel} aria-label={t`Open clocks`}>
      <h2>
        {t`Open clocks`} <span className="dim num">{formatNumber(all)}</span>
      </h2>
      <div className={classes.bar} aria-hidden>
        {parts.map(
          ({ status, share }) =>
            share > 0 && (
              <span key={status} data-status={status} style={{ flexGrow: share }} />
            ),
        )}
      </div>
      <ul className={classes.legend}>
        {parts.map(({ status, count }) => (
          <li key={status}>
            <i data-status={status} aria-hidden />
            <strong className="num">{formatNumber(count)}</strong> {CLOCK_WORDS[status]}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Windows({ windows }: { windows: EngineStatus["windows"] }) {
  const timeZone = useTimeZone();
  if (windows.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={t`Maintenance that runs`}>
      <h2>{t`Maintenance that runs`}</h2>
      <ul className={classes.rows}>
        {windows.map((window) => (
          <li key={window.id}>
            <Link to="/maintenance-windows">{window.name}</Link>
            <span className="dim num">
              {t`until ${{ time: formatMoment(window.ends_at, timeZone, serverNow()) }}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Runs({ runs }: { runs: EngineStatus["runs"] }) {
  if (runs.length === 0) return null;
  return (
    <section className={classes.panel} aria-label={t`Policies being applied`}>
      <h2>{t`Policies being applied to open incidents`}</h2>
      <ul className={classes.rows}>
        {runs.map((run) => (
          <li key={run.id}>
            <span>
              {t`Version ${{ version: run.version }}`}
              {run.created_by && (
                <span className="dim"> {t`by ${{ name: run.created_by.name }}`}</span>
              )}
            </span>
            <Progress
              className={classes.progress}
              value={run.total === 0 ? 100 : (100 * run.done) / run.total}
              aria-label={t`Incidents done`}
            />
            <span className="num">
              {t`${{ done: formatNumber(run.done) }} of ${{ total: formatNumber(run.total) }}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const DIFFERENCES: DataColumn<ClockDifference>[] = [
  {
    header: t`Incident`,
    cell: (d) => (
      <Link to="/incidents/$number" params={{ number: d.number }} className="num">
        {d.number}
      </Link>
    ),
  },
  { header: t`Where`, cell: (d) => `${d.part}, ${d.column.replaceAll("_", " ")}` },
  {
    header: t`Stored`,
    cell: (d) => <span className="num">{d.stored ?? t`nothing`}</span>,
  },
  {
    header: t`By the ledger`,
    cell: (d) => <span className="num">{d.computed ?? t`nothing`}</span>,
  },
];

/** How long a check that has ended took. */
const took = (check: NonNullable<EngineStatus["check"]>) =>
  formatStillSpan(
    (Date.parse(check.finished_at ?? "") - Date.parse(check.started_at)) / 1000,
  );

function Check({ check }: { check: EngineStatus["check"] }) {
  const admin = isAtLeast(useUser(), "administrator");
  const start = useCheckClocks();
  const { tone, text } = checkWords(check);
  const Icon = TONES[tone];
  const running = check?.status === "running";
  return (
    <section className={classes.panel} aria-label={t`Do the clocks tell the truth?`}>
      <div className={classes.head}>
        <div>
          <h2>{t`Do the clocks tell the truth?`}</h2>
          <p className="dim">
            {t`Each night every clock is computed again from its ledger, and every ledger is checked for later edits.`}
          </p>
        </div>
        {admin && (
          <Button
            variant="default"
            leftSection={<IconShieldCheck size={16} stroke={1.75} aria-hidden />}
            loading={start.isPending || running}
            onClick={() =>
              start.mutate(undefined, {
                onSuccess: () => toastDone(t`The check has been started`),
              })
            }
          >
            {t`Check now`}
          </Button>
        )}
      </div>
      <p className={classes.verdict} data-tone={tone} role="status">
        <Icon size={18} stroke={1.75} className={classes.mark} aria-hidden />
        <span>
          {text}
          {check?.finished_at && (
            <span className="dim num">
              {" "}
              <Trans>
                <Time at={check.finished_at} />, took {took(check)}
              </Trans>
            </span>
          )}
        </span>
      </p>
      {check && check.details.length > 0 && (
        <>
          <DataTable
            label={t`Differences`}
            columns={DIFFERENCES}
            rows={check.details}
            rowKey={(d) => `${d.incident_id} ${d.part} ${d.column}`}
          />
          <p className={classes.hint}>
            {check.differences > check.details.length &&
              `${t`The first ${{ number: check.details.length }} are shown.`} `}
            <Trans>
              <code>tracker verify-clocks --repair</code> writes what the ledgers say,
              and notes it in them.
            </Trans>
          </p>
        </>
      )}
    </section>
  );
}
