import { t } from "@lingui/core/macro";
import "../../../extra-styles";
import { Button } from "@mantine/core";
import { IconCalendarTime, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Calendar } from "../../../api/types";
import { isAtLeast, useUser } from "../../../api/useSession";
import { type DataColumn, DataTable } from "../../../ui/DataTable";
import { Page } from "../../../ui/Page";
import { ErrorState, State } from "../../../ui/State";
import { Time } from "../../../ui/Time";
import editor from "../Editor.module.css";
import { hoursInWords } from "./form";
import { calendarsQuery } from "./queries";

const columns: DataColumn<Calendar>[] = [
  {
    header: t`Name`,
    cell: (c) => (
      <Link
        to="/calendars/$calendarId"
        params={{ calendarId: c.id }}
        className={editor.link}
      >
        <strong>{c.name}</strong>
      </Link>
    ),
  },
  {
    header: t`Working time`,
    cell: (c) => <span className="num">{hoursInWords(c)}</span>,
  },
  { header: t`Time zone`, cell: (c) => c.timezone },
  {
    header: t`Holidays`,
    cell: (c) => (
      <span className="num">
        {c.holidays.length || <span className="dim">{t`none`}</span>}
      </span>
    ),
  },
  {
    header: t`Policies`,
    cell: (c) => c.policies?.join(", ") || <span className="dim">{t`none`}</span>,
  },
  {
    header: t`Changed`,
    cell: (c) => (
      <span className="dim">
        {t`version ${{ version: c.version }}`}, <Time at={c.updated_at} />
      </span>
    ),
  },
];

export function CalendarsPage() {
  const query = useQuery(calendarsQuery);
  const manager = isAtLeast(useUser(), "manager");
  const create = manager && (
    <Button
      component={Link}
      to="/calendars/new"
      leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
    >
      {t`New calendar`}
    </Button>
  );
  return (
    <Page title={t`Calendars`} actions={create}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <State icon={IconCalendarTime} title={t`No calendar yet`} action={create}>
          {t`Without one, targets count around the clock. A calendar says in which hours they do.`}
        </State>
      ) : (
        <>
          <p className={editor.lead}>
            {t`A calendar says when time counts: hours of the week, a time zone, holidays. Policies count on the newest version of theirs.`}
          </p>
          <DataTable
            label={t`Calendars`}
            columns={columns}
            rows={query.data}
            rowKey={(c) => c.id}
          />
        </>
      )}
    </Page>
  );
}
