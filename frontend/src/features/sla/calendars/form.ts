/** A calendar while it is edited, and how versions differ. Pure. */
import { t } from "@lingui/core/macro";
import type {
  Calendar,
  CalendarDraft,
  CalendarVersion,
  Holiday,
} from "../../../api/types";
import type { Change } from "../changes";
import {
  describeWeek,
  formatDay,
  fromHours,
  officeWeek,
  toHours,
  WEEKDAY_WORDS,
  WEEKDAYS,
  type Week,
} from "./week";

export type CalendarForm = {
  name: string;
  timezone: string;
  /** Every hour counts; the week is kept for when that is taken back. */
  always: boolean;
  week: Week;
  holidays: Holiday[];
};

export function newForm(timezone: string): CalendarForm {
  return { name: "", timezone, always: false, week: officeWeek(), holidays: [] };
}

export function toForm(calendar: Calendar): CalendarForm {
  return {
    name: calendar.name,
    timezone: calendar.timezone,
    always: calendar.weekly_hours === null,
    week: calendar.weekly_hours ? fromHours(calendar.weekly_hours) : officeWeek(),
    holidays: sorted(calendar.holidays),
  };
}

export function toDraft(form: CalendarForm): CalendarDraft {
  return {
    timezone: form.timezone,
    weekly_hours: form.always ? null : toHours(form.week),
    holidays: form.holidays,
  };
}

export function sorted(holidays: readonly Holiday[]): Holiday[] {
  return holidays.toSorted((a, b) => a.date.localeCompare(b.date));
}

/** All of both; a day that is there already keeps its name. */
export function withHolidays(
  known: readonly Holiday[],
  more: readonly Holiday[],
): Holiday[] {
  const days = new Map(known.map((day) => [day.date, day]));
  for (const day of more) if (!days.has(day.date)) days.set(day.date, day);
  return sorted([...days.values()]);
}

/** What is wrong with a form before the server is asked. */
export function wrongWith(form: CalendarForm): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!form.name.trim()) wrong.name = t`Give the calendar a name`;
  if (!form.always && WEEKDAYS.every((day) => form.week[day].length === 0))
    wrong.weekly_hours = t`No time counts. Add hours to at least one day`;
  return wrong;
}

/** The API names weekdays and positions; the form shows errors for the whole of them. */
export function fieldOf(apiField: string): string {
  return /^(?:calendar\.)?(\w+)/.exec(apiField)?.[1] ?? apiField;
}

type Dated = Pick<CalendarVersion, "timezone" | "weekly_hours" | "holidays">;

/** What is different between two versions, in words. */
export function calendarChanges(before: Dated, after: Dated): Change[] {
  const changes: Change[] = [];
  if (before.timezone !== after.timezone)
    changes.push({
      what: t`Time zone`,
      before: before.timezone,
      after: after.timezone,
    });
  return [...changes, ...hourChanges(before, after), ...holidayChanges(before, after)];
}

const ALWAYS = t`Around the clock`;

function hourChanges(before: Dated, after: Dated): Change[] {
  if (!before.weekly_hours && !after.weekly_hours) return [];
  if (!before.weekly_hours || !after.weekly_hours) {
    const words = ({ weekly_hours }: Dated) =>
      weekly_hours ? describeWeek(fromHours(weekly_hours)) : ALWAYS;
    return [{ what: t`Working time`, before: words(before), after: words(after) }];
  }
  const [old, now] = [fromHours(before.weekly_hours), fromHours(after.weekly_hours)];
  return WEEKDAYS.map((day) => ({
    what: WEEKDAY_WORDS[day],
    before: formatDay(old[day]) || t`Closed`,
    after: formatDay(now[day]) || t`Closed`,
  })).filter((change) => change.before !== change.after);
}

/** More than so many are counted, not listed. */
const LISTED = 8;

function holidayChanges(before: Dated, after: Dated): Change[] {
  const key = (day: Holiday) => `${day.date} ${day.name}`;
  const old = new Map(before.holidays.map((day) => [key(day), day]));
  const now = new Map(after.holidays.map((day) => [key(day), day]));
  const gone = [...old].filter(([k]) => !now.has(k)).map(([, day]) => day);
  const come = [...now].filter(([k]) => !old.has(k)).map(([, day]) => day);
  const words = (day: Holiday) => (day.name ? `${day.date} ${day.name}` : day.date);
  const list = (days: Holiday[]) => {
    const listed = days.slice(0, LISTED).map(words).join(", ");
    return days.length > LISTED
      ? t`${listed} and ${{ number: days.length - LISTED }} more`
      : listed;
  };
  const changes: Change[] = [];
  if (gone.length)
    changes.push({ what: t`Holidays removed`, before: list(gone), after: null });
  if (come.length)
    changes.push({ what: t`Holidays added`, before: null, after: list(come) });
  return changes;
}

/** `Mon–Fri 09:00–17:00`, or that every hour counts. */
export function hoursInWords({ weekly_hours }: Pick<Dated, "weekly_hours">): string {
  return weekly_hours ? describeWeek(fromHours(weekly_hours)) : ALWAYS;
}
