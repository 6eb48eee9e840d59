import { Button, SegmentedControl, Skeleton } from "@mantine/core";
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowMerge,
  IconBellRinging,
  IconCheck,
  IconClockExclamation,
  IconEye,
  IconEyeOff,
  IconFlag,
  IconLink,
  IconListCheck,
  IconMessage,
  IconPaperclip,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconTargetArrow,
  IconTrash,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { IncidentDetail, TimelineEntry } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { Avatar } from "../../ui/Person";
import { ErrorState } from "../../ui/State";
import { Time } from "../../ui/Time";
import { serverNow } from "../../ui/ticker";
import { parseShow, SHOWN, useShow } from "../conversation/show";
import { authorOf, CommentItem } from "./CommentItem";
import { tell } from "./history";
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
  escalated: IconBellRinging,
  corrected: IconListCheck,
  targets_changed: IconTargetArrow,
  breached: IconAlertTriangle,
  attached: IconPaperclip,
  attachment_deleted: IconTrash,
  attachment_hidden: IconEyeOff,
  attachment_shown: IconEye,
  comment_deleted: IconTrash,
  deleted: IconTrash,
  linked: IconLink,
  unlinked: IconLink,
  merged_into: IconArrowMerge,
  merged_from: IconArrowMerge,
  watcher_added: IconEye,
  watcher_removed: IconEye,
};

/** Everything that happened, newest first. */
export function Timeline({ incident }: { incident: IncidentDetail }) {
  const [show, setShow] = useShow();
  const query = useInfiniteQuery(timelineQuery(incident.number, show));
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label="Timeline" aria-busy={query.isPending}>
      <div className={classes.head}>
        <h2>Timeline</h2>
        <SegmentedControl
          size="xs"
          aria-label="Show in the timeline"
          data={[...SHOWN]}
          value={show}
          onChange={(value) => setShow(parseShow(value))}
        />
      </div>
      {query.isPending && <Skeleton height={96} />}
      {query.isError && (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      )}
      <ol className={classes.list}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} incident={incident} />
        ))}
      </ol>
      {query.isSuccess && entries.length === 0 && (
        <p className="dim">Nothing of this kind yet.</p>
      )}
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

type EntryProps = { entry: TimelineEntry; incident: IncidentDetail };

function Entry({ entry, incident }: EntryProps) {
  const timeZone = useTimeZone();
  if (entry.comment)
    return (
      <li className={classes.entry}>
        <Avatar name={authorOf(entry.comment)} />
        <CommentItem comment={entry.comment} incident={incident} />
      </li>
    );
  const story = tell(entry, timeZone, serverNow());
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
