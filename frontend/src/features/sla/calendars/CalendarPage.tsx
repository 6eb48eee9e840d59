import { plural, t } from "@lingui/core/macro";
import "../../../extra-styles";
import { ActionIcon, Alert, Skeleton, Switch, Tabs, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowLeft, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, messageOf } from "../../../api/errors";
import type { Calendar } from "../../../api/types";
import { isAtLeast, useTimeZone, useUser } from "../../../api/useSession";
import { intlTag } from "../../../i18n";
import { Confirm } from "../../../ui/Confirm";
import { Page } from "../../../ui/Page";
import { ErrorState } from "../../../ui/State";
import { tip } from "../../../ui/Tip";
import { serverNow } from "../../../ui/ticker";
import { toastDone } from "../../../ui/toast";
import { TimeZoneSelect } from "../../accounts/TimeZoneSelect";
import { Changes } from "../Changes";
import type { Change } from "../changes";
import editor from "../Editor.module.css";
import { Panel } from "../Panel";
import { calendarQuery } from "../queries";
import { SaveBar } from "../SaveBar";
import { Versions } from "../Versions";
import { wall } from "../zone";
import { CalendarExample } from "./CalendarExample";
import {
  type CalendarForm,
  calendarChanges,
  fieldOf,
  newForm,
  toDraft,
  toForm,
  wrongWith,
} from "./form";
import { Holidays } from "./Holidays";
import { Picture } from "./Picture";
import { calendarVersionsQuery, useDeleteCalendar, useSaveCalendar } from "./queries";
import { WeekEditor } from "./WeekEditor";

const route = getRouteApi("/app/calendars/$calendarId");

export function NewCalendarPage() {
  return <Editor calendar={null} tab="edit" onTab={() => undefined} />;
}

export function CalendarPage() {
  const { calendarId } = route.useParams();
  const { tab = "edit" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(calendarQuery(calendarId));
  if (query.isError)
    return (
      <Page title={t`Calendar`}>
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      </Page>
    );
  if (!query.data)
    return (
      <Page title={t`Calendar`}>
        <Skeleton height={420} aria-busy />
      </Page>
    );
  return (
    <Editor
      // What was published is where the next edit begins.
      key={`${query.data.id} ${query.data.version}`}
      calendar={query.data}
      tab={tab}
      onTab={(next) =>
        void navigate({
          search: next === "edit" ? {} : { tab: next as "history" },
          replace: true,
        })
      }
    />
  );
}

type Props = {
  calendar: Calendar | null;
  tab: string;
  onTab: (tab: string) => void;
};

function Editor({ calendar, tab, onTab }: Props) {
  const mine = useTimeZone();
  const [initial] = useState(() => (calendar ? toForm(calendar) : newForm(mine)));
  const [form, setForm] = useState<CalendarForm>(initial);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [asking, setAsking] = useState<"publish" | "delete" | null>(null);
  const navigate = useNavigate();
  const save = useSaveCalendar();
  const readOnly = !isAtLeast(useUser(), "manager");
  const changes = changesOf(initial, form);
  const used = calendar?.policies ?? [];
  const set = (part: Partial<CalendarForm>) => {
    setForm((old) => ({ ...old, ...part }));
    setWrong((old) => {
      const left = { ...old };
      for (const name of Object.keys(part))
        delete left[name === "week" || name === "always" ? "weekly_hours" : name];
      return left;
    });
  };

  const publish = () =>
    save.mutate(
      { id: calendar?.id, version: calendar?.version, form },
      {
        onSuccess: (saved) => {
          setAsking(null);
          toastDone(
            calendar
              ? t`Version ${{ version: saved.version }} of ${{ name: saved.name }} is published`
              : t`${{ name: saved.name }} is ready for policies`,
          );
          void navigate({
            to: "/calendars/$calendarId",
            params: { calendarId: saved.id },
            ignoreBlocker: true,
          });
        },
        onError: (error) => {
          setAsking(null);
          if (error instanceof ApiError) setWrong(byField(error));
        },
      },
    );
  const submit = () => {
    const found = wrongWith(form);
    setWrong(found);
    if (Object.keys(found).length > 0) return;
    if (calendar) setAsking("publish");
    else publish();
  };

  return (
    <Page
      title={calendar?.name ?? t`New calendar`}
      actions={
        <>
          <Link to="/calendars" className={editor.back}>
            <IconArrowLeft size={16} aria-hidden /> {t`Calendars`}
          </Link>
          {calendar && !readOnly && (
            <ActionIcon
              variant="default"
              size="lg"
              aria-label={t`Delete ${{ name: calendar.name }}`}
              {...tip(t`Delete this calendar`)}
              onClick={() => setAsking("delete")}
            >
              <IconTrash size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          )}
        </>
      }
    >
      {save.isError && Object.keys(wrong).length === 0 && (
        <Alert color="red" role="alert" title={t`Not saved`} mb="md">
          {messageOf(save.error)}
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(next) => next && onTab(next)}
        keepMounted={false}
        classNames={{ list: editor.tabs }}
      >
        {calendar && (
          <Tabs.List>
            <Tabs.Tab value="edit">{t`Working time`}</Tabs.Tab>
            <Tabs.Tab value="history">{t`History`}</Tabs.Tab>
          </Tabs.List>
        )}
        <Tabs.Panel value="edit">
          <Body
            form={form}
            wrong={wrong}
            policies={used}
            readOnly={readOnly}
            set={set}
          />
        </Tabs.Panel>
        {calendar && (
          <Tabs.Panel value="history">
            <History calendar={calendar} />
          </Tabs.Panel>
        )}
      </Tabs>
      {!readOnly && (
        <SaveBar
          dirty={!calendar || changes.length > 0}
          verb={calendar ? t`Publish` : t`Create calendar`}
          loading={save.isPending}
          onSave={submit}
          onDiscard={() =>
            calendar ? setForm(initial) : void navigate({ to: "/calendars" })
          }
        >
          {calendar ? countOf(changes) : t`A new calendar`}
        </SaveBar>
      )}
      {calendar && (
        <Confirm
          opened={asking === "publish"}
          title={t`Publish version ${{ version: calendar.version + 1 }}?`}
          verb={t`Publish`}
          color="indigo"
          size="lg"
          loading={save.isPending}
          onConfirm={publish}
          onClose={() => setAsking(null)}
        >
          <Changes changes={changes} />
          <p className={editor.after}>
            {used.length > 0 ? gettersOf(used) : t`No policy counts on it yet.`}
          </p>
        </Confirm>
      )}
      {calendar && asking === "delete" && (
        <DeleteCalendar calendar={calendar} onClose={() => setAsking(null)} />
      )}
    </Page>
  );
}

type BodyProps = {
  form: CalendarForm;
  wrong: Record<string, string>;
  policies: string[];
  readOnly: boolean;
  set: (part: Partial<CalendarForm>) => void;
};

function Body({ form, wrong, policies, readOnly, set }: BodyProps) {
  const draft = toDraft(form);
  const [shown] = useDebouncedValue(draft, 250);
  const today = dayIn(form.timezone);
  // Of what is shown, which comes a moment after what is drawn.
  const works = !shown.weekly_hours || Object.keys(shown.weekly_hours).length > 0;
  return (
    <div className={editor.columns}>
      <div className={editor.main}>
        <Panel
          title={t`Calendar`}
          hint={
            policies.length > 0
              ? t`Used by ${{ policies: listOf(policies) }}.`
              : t`Policies count their targets on a calendar: only its working time is used up.`
          }
        >
          <div className={editor.fields}>
            <TextInput
              label={t`Name`}
              placeholder={t`Office hours Berlin`}
              value={form.name}
              error={wrong.name}
              readOnly={readOnly}
              maxLength={200}
              onChange={(e) => set({ name: e.currentTarget.value })}
            />
            <TimeZoneSelect
              value={form.timezone}
              error={wrong.timezone}
              readOnly={readOnly}
              onChange={(zone) => zone && set({ timezone: zone })}
            />
          </div>
        </Panel>
        <Panel
          title={t`Working week`}
          hint={t`Time counts only within these hours.`}
          action={
            <Switch
              label={t`Around the clock`}
              checked={form.always}
              disabled={readOnly}
              onChange={(e) => set({ always: e.currentTarget.checked })}
            />
          }
        >
          {form.always ? (
            <p className={editor.fact}>
              {t`Every hour of every day counts, but for the holidays below.`}
            </p>
          ) : (
            <WeekEditor
              week={form.week}
              error={wrong.weekly_hours}
              readOnly={readOnly}
              onChange={(week) => set({ week })}
            />
          )}
        </Panel>
        <Holidays
          holidays={form.holidays}
          today={today}
          error={wrong.holidays}
          readOnly={readOnly}
          onChange={(holidays) => set({ holidays })}
        />
      </div>
      <div className={editor.aside}>
        {works && <CalendarExample calendar={shown} />}
        <Panel title={t`The next eight weeks`}>
          <Picture calendar={shown} today={today} enabled={works} />
        </Panel>
      </div>
    </div>
  );
}

function History({ calendar }: { calendar: Calendar }) {
  const query = useQuery(calendarVersionsQuery(calendar.id));
  if (query.isError)
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={240} aria-busy />;
  return <Versions versions={query.data} changesOf={calendarChanges} />;
}

function DeleteCalendar({
  calendar,
  onClose,
}: {
  calendar: Calendar;
  onClose: () => void;
}) {
  const remove = useDeleteCalendar();
  const navigate = useNavigate();
  const used = calendar.policies ?? [];
  return (
    <Confirm
      opened
      title={t`Delete ${{ name: calendar.name }}?`}
      verb={t`Delete`}
      loading={remove.isPending}
      onClose={onClose}
      onConfirm={() =>
        remove.mutate(calendar.id, {
          onSuccess: () => {
            toastDone(t`${{ name: calendar.name }} is deleted`);
            void navigate({ to: "/calendars", ignoreBlocker: true });
          },
        })
      }
    >
      {remove.isError && (
        <Alert color="red" role="alert" title={t`Not deleted`} mb="sm">
          {messageOf(remove.error)}
        </Alert>
      )}
      {used.length > 0
        ? usersOf(used)
        : t`No policy counts on it. Clocks that ran on it keep their deadlines.`}
    </Confirm>
  );
}

function changesOf(before: CalendarForm, after: CalendarForm): Change[] {
  const named: Change[] =
    before.name.trim() === after.name.trim()
      ? []
      : [{ what: t`Name`, before: before.name, after: after.name.trim() }];
  const dated = (form: CalendarForm) => {
    const { timezone, weekly_hours = null, holidays = [] } = toDraft(form);
    return { timezone, weekly_hours, holidays };
  };
  return [...named, ...calendarChanges(dated(before), dated(after))];
}

export function countOf(changes: Change[]): string {
  return plural(changes.length, { one: "# change", other: "# changes" });
}

/** `Gold, Silver and Default` */
function listOf(names: string[]): string {
  return new Intl.ListFormat(intlTag()).format(names);
}

function gettersOf(used: string[]): string {
  const policies = listOf(used);
  return plural(used.length, {
    one: `${policies} gets a new version with it. Clocks that run keep the calendar they began with; open incidents are changed from the policy's page.`,
    other: `${policies} get a new version with it. Clocks that run keep the calendar they began with; open incidents are changed from the policy's page.`,
  });
}

function usersOf(used: string[]): string {
  const policies = listOf(used);
  return plural(used.length, {
    one: `${policies} counts on it: give it another calendar first.`,
    other: `${policies} count on it: give them another calendar first.`,
  });
}

function byField(error: ApiError): Record<string, string> {
  return Object.fromEntries(
    Object.entries(error.fields).map(([field, words]) => [fieldOf(field), words]),
  );
}

/** Today, where the calendar is. */
function dayIn(timeZone: string): string {
  return new Date(wall(serverNow(), timeZone)).toISOString().slice(0, 10);
}
