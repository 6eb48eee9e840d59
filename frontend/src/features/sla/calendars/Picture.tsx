import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { CSSProperties } from "react";
import type { CalendarDay, CalendarDraft } from "../../../api/types";
import { intlTag } from "../../../i18n";
import { tip } from "../../../ui/Tip";
import { formatExact } from "../Steps";
import classes from "./Picture.module.css";
import { previewQuery } from "./queries";
import { DAY_MINUTES, parseTime, WEEKDAY_SHORT, WEEKDAYS } from "./week";

const DAY_MS = 86_400_000;

const format = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(intlTag(), { timeZone: "UTC", ...options });
const month = format({ month: "short" });
const dayAndMonth = format({ day: "numeric", month: "short" });
const full = format({ weekday: "short", day: "numeric", month: "short" });

/** The Monday of the week that holds a day (`2026-11-25`). */
export function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const since = (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() - since * DAY_MS).toISOString().slice(0, 10);
}

type Props = { calendar: CalendarDraft; today: string; enabled?: boolean };

/** Eight weeks, one square a day: the bar is the day from 00 to 24. */
export function Picture({ calendar, today, enabled = true }: Props) {
  const query = useQuery({ ...previewQuery(calendar, mondayOf(today)), enabled });
  const days = query.data;
  if (!days)
    return query.isError ? (
      <p className="dim">{t`The picture comes when the calendar can be read.`}</p>
    ) : (
      <Skeleton height={380} aria-busy={enabled} />
    );
  const weeks = Array.from({ length: Math.ceil(days.length / 7) }, (_, i) =>
    days.slice(i * 7, i * 7 + 7),
  );
  const counted = formatExact(days.reduce((sum, day) => sum + day.working_seconds, 0));
  return (
    <figure className={classes.figure} data-stale={query.isPlaceholderData}>
      <table className={classes.table}>
        <caption className="sr-only">{t`The next eight weeks of this calendar`}</caption>
        <thead>
          <tr>
            <th aria-label={t`Week`} />
            {WEEKDAYS.map((day) => (
              <th key={day} scope="col">
                {WEEKDAY_SHORT[day]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, i) => (
            <tr key={week[0]?.date}>
              <th scope="row">{monthOf(week, i === 0)}</th>
              {week.map((day) => (
                <Square key={day.date} day={day} today={today} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption className={classes.caption}>
        <Trans>
          <strong className="num">{counted}</strong> count in these eight weeks.
        </Trans>
        <HolidayList days={days} />
      </figcaption>
    </figure>
  );
}

/** Months are named in the first week, and where they begin. */
function monthOf(week: CalendarDay[], first: boolean): string {
  const day = week.find(({ date }) => date.endsWith("-01")) ?? (first ? week[0] : null);
  return day ? month.format(new Date(day.date)) : "";
}

function Square({ day, today }: { day: CalendarDay; today: string }) {
  const hours = day.intervals
    .map(({ opens, closes }) => `${opens}–${closes}`)
    .join(", ");
  const words = [day.holiday, hours || (day.holiday ? "" : t`closed`)]
    .filter(Boolean)
    .join(", ");
  const date = new Date(day.date);
  return (
    <td
      className={classes.square}
      data-holiday={day.holiday !== null}
      data-past={day.date < today}
      data-today={day.date === today}
      {...tip(`${full.format(date)}: ${words}`)}
    >
      <span className={classes.number} aria-hidden>
        {date.getUTCDate()}
      </span>
      <span className="sr-only">{`${full.format(date)}: ${words}`}</span>
      <span className={classes.bar} aria-hidden>
        {day.intervals.map((one) => (
          <i key={one.opens_at} style={place(one.opens, one.closes)} />
        ))}
      </span>
    </td>
  );
}

/** On the wall; what ends at midnight ends the day. */
function place(opens: string, closes: string): CSSProperties {
  const from = parseTime(opens) ?? 0;
  const to = parseTime(closes) || DAY_MINUTES;
  return {
    left: `${(from / DAY_MINUTES) * 100}%`,
    width: `${((to - from) / DAY_MINUTES) * 100}%`,
  };
}

function HolidayList({ days }: { days: CalendarDay[] }) {
  const holidays = days.filter((day) => day.holiday !== null);
  if (holidays.length === 0) return null;
  return (
    <ul className={classes.holidays}>
      {holidays.map((day) => (
        <li key={day.date}>
          <span className="num">{dayAndMonth.format(new Date(day.date))}</span>{" "}
          {day.holiday || t`Holiday`}
        </li>
      ))}
    </ul>
  );
}
