import "../../extra-styles";
import { plural, t } from "@lingui/core/macro";
import { ActionIcon, Button, Skeleton } from "@mantine/core";
import {
  IconBan,
  IconCalendarEvent,
  IconCheck,
  IconPencil,
  IconPlayerPauseFilled,
  IconPlus,
  IconTool,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MaintenanceWindow } from "../../api/types";
import { isAtLeast, useTimeZone, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { tip } from "../../ui/Tip";
import { serverNow, useTick } from "../../ui/ticker";
import { formatInstant, formatPeriod, formatStillSpan } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import { organizationsQuery, teamsQuery } from "../accounts/queries";
import classes from "./Maintenance.module.css";
import { useCancelWindow, windowsQuery } from "./queries";
import { WindowDialog } from "./WindowDialog";
import { grouped, matchWords, type Names } from "./windows";

const STATUS: Record<MaintenanceWindow["status"], { word: string; icon: TablerIcon }> =
  {
    running: { word: t`Running`, icon: IconPlayerPauseFilled },
    announced: { word: t`Announced`, icon: IconCalendarEvent },
    ended: { word: t`Over`, icon: IconCheck },
    cancelled: { word: t`Called off`, icon: IconBan },
  };

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function MaintenancePage() {
  const query = useInfiniteQuery(windowsQuery);
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState<MaintenanceWindow | "new" | null>(null);
  const [cancelling, setCancelling] = useState<MaintenanceWindow | null>(null);
  const cancel = useCancelWindow();
  const names = useNames();
  const windows = query.data?.pages.flatMap((page) => page.items);
  const newWindow = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      {t`New window`}
    </Button>
  );

  return (
    <Page title={t`Maintenance`} actions={newWindow}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : !windows ? (
        <div aria-busy="true" className={classes.group}>
          <Skeleton height={72} mb={8} />
          <Skeleton height={72} />
        </div>
      ) : windows.length === 0 ? (
        <State icon={IconTool} title={t`No maintenance planned`} action={newWindow}>
          {t`In a maintenance window the clocks of matching incidents stand still, from its first second to its last.`}
        </State>
      ) : (
        grouped(windows).map(({ title, members }) => (
          <section key={title} className={classes.group} aria-label={title}>
            <h2>
              {title} <span className="dim num">{members.length}</span>
            </h2>
            <ul className={classes.list}>
              {members.map((window) => (
                <Item
                  key={window.id}
                  window={window}
                  names={names}
                  onEdit={manager ? () => setEditing(window) : undefined}
                  onCancel={() => setCancelling(window)}
                />
              ))}
            </ul>
          </section>
        ))
      )}
      {query.hasNextPage && (
        <Button
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t`Show earlier windows`}
        </Button>
      )}
      {editing && (
        <WindowDialog
          window={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      <Confirm
        opened={cancelling !== null}
        title={t`Call off ${{ name: cancelling?.name ?? "" }}?`}
        verb={t`Call off`}
        loading={cancel.isPending}
        onClose={() => setCancelling(null)}
        onConfirm={() =>
          cancelling &&
          cancel.mutate(cancelling.id, {
            onSuccess: () => toastDone(t`${{ name: cancelling.name }} is called off`),
            onSettled: () => setCancelling(null),
          })
        }
      >
        {cancelling?.status === "running"
          ? t`The clocks that it has paused run on from now. What it has paused so far stays paused time.`
          : t`It will pause no clock.`}
      </Confirm>
    </Page>
  );
}

function useNames(): Names {
  const { data: teams = [] } = useQuery(teamsQuery);
  const { data: organizations } = useQuery(organizationsQuery());
  const byId = (items: { id: string; name: string }[] = []) =>
    new Map(items.map(({ id, name }) => [id, name]));
  return { teams: byId(teams), organizations: byId(organizations?.items) };
}

type ItemProps = {
  window: MaintenanceWindow;
  names: Names;
  onEdit?: () => void;
  onCancel: () => void;
};

function pausedWords({ incidents, status }: MaintenanceWindow): string {
  if (incidents > 0)
    return plural(incidents, {
      one: "has paused # incident",
      other: "has paused # incidents",
    });
  return status === "announced" ? t`pauses nothing yet` : t`has paused no incident`;
}

function Item({ window, names, onEdit, onCancel }: ItemProps) {
  const timeZone = useTimeZone();
  const { word, icon: Icon } = STATUS[window.status];
  const over = window.status === "ended" || window.status === "cancelled";
  const from = formatInstant(window.starts_at, timeZone);
  const to = formatInstant(window.ends_at, timeZone);
  return (
    <li className={classes.item} data-status={window.status}>
      <div className={classes.what}>
        <h3>{window.name}</h3>
        <p className={classes.state}>
          <Icon size={14} stroke={1.75} aria-hidden />
          {word}
          {!over && "·"}
          {!over && <Countdown window={window} />}
        </p>
      </div>
      <div className={`${classes.when} num`} {...tip(t`${from} to ${to}`)}>
        {formatPeriod(window.starts_at, window.ends_at, timeZone, serverNow())}
        <span className="dim">{timeZone}</span>
      </div>
      <div className={classes.whom}>
        <span className={classes.parts}>{matchWords(window.match, names)}</span>
        <span className="dim num">{pausedWords(window)}</span>
      </div>
      {onEdit && !over && (
        <div className={classes.actions}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t`Change ${{ name: window.name }}`}
            {...tip(t`Change`)}
            onClick={onEdit}
          >
            <IconPencil {...icon} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t`Call off ${{ name: window.name }}`}
            {...tip(t`Call off`)}
            onClick={onCancel}
          >
            <IconBan {...icon} />
          </ActionIcon>
        </div>
      )}
      {window.note && <p className={classes.note}>{window.note}</p>}
      {window.status === "running" && <Progress window={window} />}
    </li>
  );
}

/** How long until it begins, or ends. */
function Countdown({ window }: { window: MaintenanceWindow }) {
  const runs = window.status === "running";
  const at = Date.parse(runs ? window.ends_at : window.starts_at);
  const text = useTick((now) => formatStillSpan(Math.max(0, (at - now) / 1000)));
  return <span className="num">{runs ? t`${text} left` : t`begins in ${text}`}</span>;
}

function Progress({ window }: { window: MaintenanceWindow }) {
  const from = Date.parse(window.starts_at);
  const to = Date.parse(window.ends_at);
  const left = useTick(
    (now) => Math.round(Math.min(1, Math.max(0, (to - now) / (to - from))) * 500) / 500,
  );
  return (
    <span className={classes.track} aria-hidden>
      <span className={classes.left} style={{ transform: `scaleX(${left})` }} />
    </span>
  );
}
