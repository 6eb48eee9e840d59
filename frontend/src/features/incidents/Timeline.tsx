import { Button, Skeleton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconCheck,
  IconClockExclamation,
  IconFlag,
  IconMessage,
  IconPaperclip,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
  IconUser,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { IncidentDetail, TimelineEntry } from "../../api/types";
import { isAtLeast, useTimeZone, useUser } from "../../api/useSession";
import { Avatar } from "../../ui/Person";
import { ErrorState } from "../../ui/State";
import { Time } from "../../ui/Time";
import { serverNow } from "../../ui/ticker";
import { teamsQuery, usersQuery } from "../accounts/queries";
import { CommentItem } from "./CommentItem";
import { type Names, tell } from "./history";
import { timelineQuery } from "./queries";
import classes from "./Timeline.module.css";

const ICONS: Record<string, TablerIcon> = {
  created: IconFlag,
  responded: IconMessage,
  paused: IconPlayerPause,
  resumed: IconPlayerPlay,
  resolved: IconCheck,
  reopened: IconArrowBackUp,
  restored: IconArrowBackUp,
  warned: IconClockExclamation,
  breached: IconAlertTriangle,
  assigned: IconUser,
  attached: IconPaperclip,
  attachment_deleted: IconTrash,
  comment_deleted: IconTrash,
  deleted: IconTrash,
};

/** Everything that happened, newest first. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  const query = useInfiniteQuery(timelineQuery(incident.number));
  const names = useNames();
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Timeline" aria-busy={query.isPending}>
      <div className={classes.head}>
        <h2>Timeline</h2>
      </div>
      {query.isPending && <Skeleton height={96} />}
      {query.isError && (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      )}
      <ol className={classes.list}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} incident={incident} names={names} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          variant="default"
          fullWidth
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show earlier entries
        </Button>
      )}
    </section>
  );
}

/** Edits name people and teams by id; only agents may look them up. */
function useNames(): Names {
  const enabled = isAtLeast(useUser(), "agent");
  const { data: users } = useQuery({ ...usersQuery("", false), enabled });
  const { data: teams } = useQuery({ ...teamsQuery, enabled });
  return useMemo(
    () =>
      new Map([...(users?.items ?? []), ...(teams ?? [])].map((x) => [x.id, x.name])),
    [users, teams],
  );
}

type EntryProps = { entry: TimelineEntry; incident: IncidentDetail; names: Names };

function Entry({ entry, incident, names }: EntryProps) {
  const timeZone = useTimeZone();
  if (entry.comment)
    return (
      <li className={classes.entry}>
        <Avatar name={entry.comment.author.name} />
        <CommentItem comment={entry.comment} number={incident.number} />
      </li>
    );
  const story = tell(entry, timeZone, serverNow(), names);
  const Icon = ICONS[entry.type] ?? IconPencil;
  return (
    <li className={classes.entry}>
      <span className={`${classes.dot} ${classes[story.tone] ?? ""}`}>
        <Icon size={14} stroke={1.75} aria-hidden />
      </span>
      <div className={classes.line}>
        {entry.actor && <strong>{entry.actor.name} </strong>}
        {story.text}
        <Time at={entry.at} />
        {story.note && <div className={classes.note}>{story.note}</div>}
      </div>
    </li>
  );
}
