import "../../extra-styles";
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

const CLOCK_WORDS = { running: "running", paused: "paused", breached: "overdue" };

/** Is the engine well, and what does it have before it? */
export function EnginePage() {
  const query = useQuery(engineQuery);
  return (
    <Page title="Engine">
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
        <Tile label="Behind by" value={behind.value} tone={behind.tone}>
          {behind.text}
        </Tile>
        <Tile
          label="Last seen"
          value={engine.swept_at ? <Time at={engine.swept_at} /> : "never"}
          tone={lastSeen(engine, serverNow())}
        >
          It looks for due clocks once a second.
        </Tile>
        <Tile
          label="Due in the next hour"
          value={engine.due_next_hour.toLocaleString("en")}
        >
          Deadlines of open clocks.
        </Tile>
        <Tile
          label="Mails waiting"
          value={pending.toLocaleString("en")}
          tone={failed > 0 ? "bad" : undefined}
        >
          {failed === 0 ? (
            "None has failed in the last seven days."
          ) : (
            <>
              {failed.toLocaleString("en")} failed in the last seven days.{" "}
              {admin && (
                <Link to="/deliveries" search={{ status: "failed" }}>
                  Look at them
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
    <section className={classes.panel} aria-label="Open clocks">
      <h2>
        Open clocks <span className="dim num">{all.toLocaleString("en")}</span>
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
            <strong className="num">{count.toLocaleString("en")}</strong>{" "}
            {CLOCK_WORDS[status]}
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
    <section className={classes.panel} aria-label="Maintenance that runs">
      <h2>Maintenance that runs</h2>
      <ul className={classes.rows}>
        {windows.map((window) => (
          <li key={window.id}>
            <Link to="/maintenance-windows">{window.name}</Link>
            <span className="dim num">
              until {formatMoment(window.ends_at, timeZone, serverNow())}
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
    <section className={classes.panel} aria-label="Policies being applied">
      <h2>Policies being applied to open incidents</h2>
      <ul className={classes.rows}>
        {runs.map((run) => (
          <li key={run.id}>
            <span>
              Version {run.version}
              {run.created_by && <span className="dim"> by {run.created_by.name}</span>}
            </span>
            <Progress
              className={classes.progress}
              value={run.total === 0 ? 100 : (100 * run.done) / run.total}
              aria-label="Incidents done"
            />
            <span className="num">
              {run.done.toLocaleString("en")} of {run.total.toLocaleString("en")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const DIFFERENCES: DataColumn<ClockDifference>[] = [
  {
    header: "Incident",
    cell: (d) => (
      <Link to="/incidents/$number" params={{ number: d.number }} className="num">
        {d.number}
      </Link>
    ),
  },
  { header: "Where", cell: (d) => `${d.part}, ${d.column.replaceAll("_", " ")}` },
  {
    header: "Stored",
    cell: (d) => <span className="num">{d.stored ?? "nothing"}</span>,
  },
  {
    header: "By the ledger",
    cell: (d) => <span className="num">{d.computed ?? "nothing"}</span>,
  },
];

function Check({ check }: { check: EngineStatus["check"] }) {
  const admin = isAtLeast(useUser(), "administrator");
  const start = useCheckClocks();
  const { tone, text } = checkWords(check);
  const Icon = TONES[tone];
  const running = check?.status === "running";
  return (
    <section className={classes.panel} aria-label="Do the clocks tell the truth?">
      <div className={classes.head}>
        <div>
          <h2>Do the clocks tell the truth?</h2>
          <p className="dim">
            Each night every clock is computed again from its ledger, and every ledger
            is checked for later edits.
          </p>
        </div>
        {admin && (
          <Button
            variant="default"
            leftSection={<IconShieldCheck size={16} stroke={1.75} aria-hidden />}
            loading={start.isPending || running}
            onClick={() =>
              start.mutate(undefined, {
                onSuccess: () => toastDone("The check has been started"),
              })
            }
          >
            Check now
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
              <Time at={check.finished_at} />, took{" "}
              {formatStillSpan(
                (Date.parse(check.finished_at) - Date.parse(check.started_at)) / 1000,
              )}
            </span>
          )}
        </span>
      </p>
      {check && check.details.length > 0 && (
        <>
          <DataTable
            label="Differences"
            columns={DIFFERENCES}
            rows={check.details}
            rowKey={(d) => `${d.incident_id} ${d.part} ${d.column}`}
          />
          <p className={classes.hint}>
            {check.differences > check.details.length &&
              `The first ${check.details.length} are shown. `}
            <code>tracker verify-clocks --repair</code> writes what the ledgers say, and
            notes it in them.
          </p>
        </>
      )}
    </section>
  );
}
