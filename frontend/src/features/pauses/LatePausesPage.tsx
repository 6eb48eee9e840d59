import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Select, TextInput } from "@mantine/core";
import { IconHourglassLow } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ApiError } from "../../api/errors";
import type { LatePauses } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { Person } from "../../ui/Person";
import { ErrorState, State } from "../../ui/State";
import { serverNow } from "../../ui/ticker";
import { formatStillSpan } from "../../ui/time";
import { fromWallTime, toWallTime } from "../../ui/wallTime";
import classes from "./Pauses.module.css";
import { latePausesQuery } from "./queries";

const route = getRouteApi("/app/late-pauses");

const DAY_MS = 86_400_000;
const MINUTES = ["5", "15", "30", "60", "120", "240", "480", "1440"];

const words = (minutes: number) =>
  minutes < 60 ? t`${minutes} min` : t`${{ hours: minutes / 60 }} h`;

/** Who paused clocks shortly before they would have breached, and why. */
export function LatePausesPage() {
  const timeZone = useTimeZone();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const today = toWallTime(new Date(serverNow()).toISOString(), timeZone).slice(0, 10);
  const monthAgo = new Date(Date.parse(today) - 30 * DAY_MS).toISOString().slice(0, 10);
  const from = search.from ?? monthAgo;
  const to = search.to ?? today;
  const within = MINUTES.includes(search.within ?? "") ? search.within : "30";
  const midnight = (day: string, later = 0) =>
    fromWallTime(
      day && `${new Date(Date.parse(day) + later).toISOString().slice(0, 10)}T00:00`,
      timeZone,
    );
  const query = useQuery(
    latePausesQuery({
      from: midnight(from) ?? "",
      // The last day counts to its end.
      to: midnight(to, DAY_MS) ?? "",
      within: Number(within) * 60,
    }),
  );
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: { ...search, ...next }, replace: true });
  const fields = query.error instanceof ApiError ? query.error.fields : {};
  const most = Math.max(1, ...(query.data ?? []).map((row) => row.pauses));

  const columns: DataColumn<LatePauses>[] = [
    {
      header: t`Person`,
      cell: (row) => <Person user={row.person} nobody={t`The service itself`} />,
    },
    { header: t`Reason`, cell: (row) => row.label ?? row.reason.replaceAll("_", " ") },
    {
      header: t`Pauses`,
      cell: (row) => (
        <span className={classes.bar}>
          <span className="num">{row.pauses}</span>
          <i style={{ width: `${(row.pauses / most) * 80}px` }} aria-hidden />
        </span>
      ),
    },
    {
      header: t`Incidents`,
      cell: (row) => <span className="num">{row.incidents}</span>,
    },
    {
      header: t`Least time left`,
      cell: (row) => (
        <span className="num">{formatStillSpan(row.shortest_remaining_seconds)}</span>
      ),
    },
    {
      header: t`Counts against us`,
      cell: (row) =>
        row.counts_against_us ? (
          <span className={classes.against}>{t`Yes`}</span>
        ) : (
          <span className="dim">{t`No`}</span>
        ),
    },
  ];

  return (
    <Page title={t`Late pauses`}>
      <p className={classes.lead}>
        {t`Pauses that began when little working time was left before a deadline. Most have a good reason; a habit shows here. Pauses of maintenance windows are left out.`}
      </p>
      <div className={classes.period}>
        <TextInput
          type="date"
          label={t`From`}
          value={from}
          error={fields.from}
          onChange={(event) => change({ from: event.currentTarget.value || undefined })}
        />
        <TextInput
          type="date"
          label={t`To`}
          value={to}
          error={fields.to}
          onChange={(event) => change({ to: event.currentTarget.value || undefined })}
        />
        <Select
          label={t`Time left at the most`}
          allowDeselect={false}
          data={MINUTES.map((value) => ({ value, label: words(Number(value)) }))}
          value={within}
          onChange={(value) => change({ within: value ?? undefined })}
        />
      </div>
      {query.isError && Object.keys(fields).length === 0 ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <div>
          <State icon={IconHourglassLow} title={t`No late pause`}>
            {t`Nobody paused a clock with ${{ time: words(Number(within)) }} or less left, in this period.`}
          </State>
        </div>
      ) : (
        !query.isError && (
          <DataTable
            label={t`Late pauses`}
            columns={columns}
            rows={query.data}
            rowKey={(row) => `${row.person?.id} ${row.reason}`}
          />
        )
      )}
      <p className={`${classes.lead} dim`} style={{ marginTop: 16 }}>
        <Trans>
          Which reasons count against us is set with the{" "}
          <Link to="/pause-reasons">pause reasons</Link>.
        </Trans>
      </p>
    </Page>
  );
}
