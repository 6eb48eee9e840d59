import { t } from "@lingui/core/macro";
import { Button, Skeleton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconAt,
  IconBell,
  IconBellCheck,
  IconCircleCheck,
  IconClockExclamation,
  IconEye,
  IconInbox,
  IconStairsUp,
  IconTool,
  IconUserCheck,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { InboxItem } from "../../api/types";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import classes from "./Inbox.module.css";
import { inboxQuery, useRead } from "./queries";
import { eventOf, subjectOf } from "./words";

const ICONS: Record<string, TablerIcon> = {
  sla_breached: IconAlertTriangle,
  sla_warned: IconClockExclamation,
  sla_escalated: IconStairsUp,
  incident_created: IconInbox,
  incident_assigned: IconUserCheck,
  incident_resolved: IconCircleCheck,
  mentioned: IconAt,
  watched: IconEye,
  maintenance_announced: IconTool,
};

type Props = {
  unread: boolean;
  /** Called when one is opened. */
  onOpen?: () => void;
};

/** Somebody's notifications, newest first. */
export function InboxList({ unread, onOpen }: Props) {
  const query = useInfiniteQuery(inboxQuery(unread));
  const read = useRead();
  const items = query.data?.pages.flatMap((page) => page.items);
  const open = (item: InboxItem) => {
    if (item.read_at === null) read.mutate(item.id);
    onOpen?.();
  };
  if (query.isError)
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  if (!items)
    return [1, 2, 3, 4].map((row) => <Skeleton key={row} height={52} mb={8} />);
  if (items.length === 0)
    return (
      <State
        icon={IconBellCheck}
        title={unread ? t`Everything is read` : t`Nothing here yet`}
      >
        {t`What concerns you appears here: assignments, deadlines, escalations.`}
      </State>
    );
  return (
    <>
      <ul className={classes.list} aria-label={t`Notifications`}>
        {items.map((item) => (
          <li key={item.id}>
            <Entry item={item} onOpen={() => open(item)} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          m="sm"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t`Show older ones`}
        </Button>
      )}
    </>
  );
}

function Entry({ item, onOpen }: { item: InboxItem; onOpen: () => void }) {
  const Icon = ICONS[item.kind] ?? IconBell;
  const isUnread = item.read_at === null;
  const link = item.number
    ? ({ to: "/incidents/$number", params: { number: item.number } } as const)
    : ({ to: "/maintenance-windows" } as const);
  return (
    <Link
      {...link}
      className={classes.entry}
      data-unread={isUnread}
      data-kind={item.kind}
      onClick={onOpen}
    >
      <Icon size={20} stroke={1.75} aria-hidden />
      <span className={classes.words}>
        <span className={classes.event}>
          {isUnread && <span className="sr-only">{t`Unread:`} </span>}
          {eventOf(item)}
        </span>
        <span className={classes.subject}>
          {item.number && <span className="num">{item.number} </span>}
          <bdi>{subjectOf(item)}</bdi>
        </span>
      </span>
      <span className={classes.when}>
        <Time at={item.created_at} />
        {isUnread && <span className={classes.dot} aria-hidden />}
      </span>
    </Link>
  );
}
