import { plural, t } from "@lingui/core/macro";
import { Alert, Button, Progress, Radio, Skeleton, Stack } from "@mantine/core";
import { IconAlertTriangleFilled, IconCircleCheck } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { ApplyAnswer, Policy, PolicyRun } from "../../../api/types";
import { useTimeZone } from "../../../api/useSession";
import { formatNumber } from "../../../i18n";
import { Confirm } from "../../../ui/Confirm";
import type { DataColumn } from "../../../ui/DataTable";
import { ErrorState, State } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import { serverNow } from "../../../ui/ticker";
import { formatMoment, formatTarget } from "../../../ui/time";
import { toastError } from "../../../ui/toast";
import editor from "../Editor.module.css";
import { KIND_WORDS } from "../Fuse";
import { LongTable } from "../LongTable";
import { Panel } from "../Panel";
import classes from "./Backtest.module.css";
import {
  type ApplyMode,
  applyPreviewQuery,
  policyRunsQuery,
  useApplyPolicy,
} from "./queries";

const MODES: Record<ApplyMode, string> = {
  retarget: t`Targets count from when each incident came in; pauses are kept`,
  restart: t`Targets count from now: everybody gets all of the time again`,
};

/** Gives the newest version to incidents that are open, after a look at what moves. */
export function ApplyTab({ policy, edited }: { policy: Policy; edited: boolean }) {
  const [mode, setMode] = useState<ApplyMode>("retarget");
  const [asking, setAsking] = useState(false);
  const preview = useQuery(applyPreviewQuery(policy.id, policy.version, mode));
  const apply = useApplyPolicy(policy.id);
  const runs = useRuns(policy.id);
  const running = runs.some((run) => run.finished_at === null);
  return (
    <div className={classes.page}>
      <Panel
        title={t`Open incidents`}
        hint={t`Clocks keep the version they began with until you say otherwise. This gives version ${{ version: policy.version }} to the open incidents that the policy is for; clocks that have stopped never change.`}
      >
        {edited && (
          <Alert color="yellow" mb="md">
            {t`What you have changed is not published: this is about version ${{ version: policy.version }}.`}
          </Alert>
        )}
        <Radio.Group
          label={t`How targets are counted`}
          value={mode}
          onChange={(value) => setMode(value as ApplyMode)}
        >
          <Stack gap={8} mt={6}>
            {Object.entries(MODES).map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </Stack>
        </Radio.Group>
      </Panel>
      {preview.isError ? (
        <ErrorState error={preview.error} retry={() => void preview.refetch()} />
      ) : preview.data ? (
        <Preview
          answer={preview.data}
          busy={running || preview.isFetching}
          onApply={() => setAsking(true)}
        />
      ) : (
        <Skeleton height={200} aria-busy />
      )}
      {runs.length > 0 && (
        <Panel title={t`Runs`}>
          <ul className={classes.runs}>
            {runs.map((run) => (
              <Run key={run.id} run={run} />
            ))}
          </ul>
        </Panel>
      )}
      {preview.data && (
        <Confirm
          opened={asking}
          title={plural(preview.data.moved, {
            one: "Change # clock?",
            other: "Change # clocks?",
          })}
          verb={t`Apply`}
          color="indigo"
          loading={apply.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() =>
            apply.mutate(mode, {
              onError: (error) => toastError(t`Nothing was changed`, error),
              onSettled: () => setAsking(false),
            })
          }
        >
          {preview.data.breaches > 0 &&
            `${plural(preview.data.breaches, {
              one: "# clock will be overdue at once, and people are told.",
              other: "# clocks will be overdue at once, and people are told.",
            })} `}
          {t`Each change is written into the ledger of its incident.`}
        </Confirm>
      )}
    </div>
  );
}

/** The runs of a policy; when one ends, what it changed is read again. */
function useRuns(id: string): PolicyRun[] {
  const client = useQueryClient();
  const { data = [] } = useQuery(policyRunsQuery(id));
  const open = data.filter((run) => run.finished_at === null).length;
  const before = useRef(open);
  useEffect(() => {
    if (open < before.current)
      for (const key of [["sla-policy", id, "apply"], ["incidents"], ["incident"]])
        void client.invalidateQueries({ queryKey: key });
    before.current = open;
  }, [client, id, open]);
  return data;
}

type PreviewProps = { answer: ApplyAnswer; busy: boolean; onApply: () => void };

function Preview({ answer, busy, onApply }: PreviewProps) {
  const timeZone = useTimeZone();
  const { incidents, moved, breaches, deadlines } = answer;
  if (moved === 0)
    return (
      <State icon={IconCircleCheck} title={t`Nothing would move`}>
        {incidents === 0
          ? t`Every open incident that the policy is for has this version.`
          : plural(incidents, {
              one: "# open incident, and every deadline is where this version has it.",
              other:
                "# open incidents, and every deadline is where this version has it.",
            })}
      </State>
    );
  return (
    <Panel
      title={t`What would change`}
      action={
        <Button disabled={busy} onClick={onApply}>
          {t`Apply to open incidents…`}
        </Button>
      }
    >
      <dl className={classes.facts}>
        <Fact value={incidents} words={t`open incidents`} />
        <Fact value={moved} words={t`clocks change`} />
        <Fact value={breaches} words={t`overdue at once`} bad={breaches > 0} />
      </dl>
      {!answer.complete && (
        <p className={classes.partial}>
          {t`These figures are of the first ${{ number: formatNumber(incidents) }} incidents; the run looks at all of them.`}
        </p>
      )}
      <LongTable
        label={t`Deadlines that move`}
        columns={columnsOf(timeZone)}
        // What people must know first stands first.
        rows={deadlines.toSorted((a, b) => Number(b.breaches) - Number(a.breaches))}
        total={moved}
        rowKey={(d) => `${d.incident_id} ${d.kind}`}
      />
    </Panel>
  );
}

type FactProps = { value: number; words: string; bad?: boolean };

function Fact({ value, words, bad = false }: FactProps) {
  return (
    <div data-bad={bad}>
      <dt>{words}</dt>
      <dd>{formatNumber(value)}</dd>
    </div>
  );
}

type Moved = ApplyAnswer["deadlines"][number];

function columnsOf(timeZone: string): DataColumn<Moved>[] {
  const at = (iso: string | null) =>
    iso ? formatMoment(iso, timeZone) : <span className="dim">{t`no target`}</span>;
  return [
    {
      header: t`Incident`,
      cell: (d) => (
        <Link
          to="/incidents/$number"
          params={{ number: d.number }}
          className={editor.link}
        >
          <span className="num">{d.number}</span>{" "}
          <span className={classes.title}>{d.title}</span>
        </Link>
      ),
    },
    { header: t`Target`, cell: (d) => KIND_WORDS[d.kind] },
    { header: t`Due now`, cell: (d) => <span className="num">{at(d.before)}</span> },
    {
      header: t`Would be due`,
      cell: (d) => <span className="num">{at(d.after)}</span>,
    },
    { header: t`Difference`, cell: (d) => <span className="num">{shift(d)}</span> },
    {
      header: t`Then`,
      cell: (d) => <Then moved={d} />,
    },
  ];
}

function Then({ moved: { after, breaches } }: { moved: Moved }) {
  if (breaches)
    return (
      <span className={classes.breach}>
        <IconAlertTriangleFilled size={14} aria-hidden /> {t`overdue at once`}
      </span>
    );
  const late = after !== null && Date.parse(after) < serverNow();
  return <span className="dim">{late ? t`overdue as before` : t`in time`}</span>;
}

function shift({ before, after }: Moved): string {
  if (!before || !after) return "";
  const seconds = (Date.parse(after) - Date.parse(before)) / 1000;
  const time = formatTarget(Math.abs(seconds));
  return seconds < 0 ? t`${time} earlier` : t`${time} later`;
}

function stateOf({ error, finished_at, done, moved, total }: PolicyRun): string {
  if (error) return t`stopped`;
  const all = plural(total, { one: "# incident", other: "# incidents" });
  if (finished_at === null) return t`${{ done: formatNumber(done) }} of ${all}`;
  const clocks = plural(moved, { one: "# clock", other: "# clocks" });
  return t`${clocks} changed of ${all}`;
}

function Run({ run }: { run: PolicyRun }) {
  const open = run.finished_at === null;
  const share = run.total ? (run.done / run.total) * 100 : open ? 0 : 100;
  return (
    <li className={classes.run}>
      <div className={classes.runHead}>
        <strong>{t`Version ${{ version: run.version }}`}</strong>
        <span className="num" role="status">
          {stateOf(run)}
        </span>
        <span className="dim">
          {run.created_by?.name}, <Time at={run.created_at} />
        </span>
      </div>
      {open && (
        <Progress
          value={share}
          animated
          aria-label={t`Run of version ${{ version: run.version }}: ${{ percent: Math.round(share) }} %`}
        />
      )}
      {run.error && (
        <Alert color="red" title={t`The run stopped`}>
          {run.error}
        </Alert>
      )}
    </li>
  );
}
