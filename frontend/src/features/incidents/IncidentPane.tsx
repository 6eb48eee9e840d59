import "../../extra-styles";
import { ActionIcon, Skeleton } from "@mantine/core";
import { IconArrowLeft, IconArrowsDiagonal, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { IncidentDetail } from "../../api/types";
import { useHotkeys } from "../../shell/hotkeys";
import { useTitle } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { tip } from "../../ui/Tip";
import { Attachments } from "../attachments/Attachments";
import { AttachmentsRoot } from "../attachments/AttachmentsRoot";
import { useUploads } from "../attachments/useUploads";
import { FieldsCard } from "../fields/FieldsCard";
import { useReadWhenOpened } from "../inbox/useReadWhenOpened";
import { DuplicateBanner } from "../links/DuplicateBanner";
import { LinksCard } from "../links/LinksCard";
import { WatchersCard } from "../links/WatchersCard";
import { Presence } from "../presence/Presence";
import { ClocksCard } from "../sla/ClocksCard";
import { SlaBadge, StatusBadge } from "./badges";
import { Composer } from "./Composer";
import { Description, Headline } from "./EditableTexts";
import classes from "./Incident.module.css";
import { IncidentActions } from "./IncidentActions";
import { MaintenanceBanner } from "./MaintenanceBanner";
import { Properties } from "./Properties";
import QuickEdit from "./QuickEdit";
import { incidentQuery } from "./queries";
import { Timeline } from "./Timeline";

type Props = { number: string; onClose: () => Promise<void>; full?: boolean };

const icon = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

/** One incident: beside the queue, or (`full`) on its own page. */
export default function IncidentPane({ number, onClose, full = false }: Props) {
  const query = useQuery(incidentQuery(number));
  const incident = query.data;
  return (
    <article className={classes.root}>
      <header className={classes.bar}>
        {full && (
          <ActionIcon
            {...tip("Back to the queue (Esc)")}
            variant="subtle"
            color="gray"
            onClick={onClose}
            aria-label="Back to the queue"
          >
            <IconArrowLeft {...icon} />
          </ActionIcon>
        )}
        <span className={classes.number}>{number}</span>
        {incident && (
          <>
            <StatusBadge status={incident.status} />
            <SlaBadge sla={incident.sla} />
            <Presence number={incident.number} />
          </>
        )}
        <div className={classes.actions}>
          {incident && <IncidentActions incident={incident} onLeave={onClose} />}
          {!full && (
            <>
              <ActionIcon
                {...tip("Open on its own page (Enter)")}
                renderRoot={(props) => (
                  <Link {...props} to="/incidents/$number" params={{ number }} />
                )}
                variant="subtle"
                color="gray"
                aria-label="Open on its own page"
              >
                <IconArrowsDiagonal {...icon} />
              </ActionIcon>
              <ActionIcon
                {...tip("Close (Esc)")}
                variant="subtle"
                color="gray"
                onClick={onClose}
                aria-label="Close the pane"
              >
                <IconX {...icon} />
              </ActionIcon>
            </>
          )}
        </div>
      </header>
      {query.isError && !incident ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : incident ? (
        <AttachmentsRoot key={number} number={number}>
          <Body incident={incident} full={full} />
        </AttachmentsRoot>
      ) : (
        <Loading />
      )}
    </article>
  );
}

function Body({ incident, full }: { incident: IncidentDetail; full: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [editing, setEditing] = useState<"assignee" | "priority" | null>(null);
  const may = (action: IncidentDetail["allowed_actions"][number]) =>
    incident.allowed_actions.includes(action);
  const uploads = useUploads(incident.number, may("attach"));
  useTitle(`${incident.number} ${incident.title}`);
  useReadWhenOpened(incident.number);
  useHotkeys(
    full
      ? [
          {
            keys: "a",
            label: "Assign",
            group: "Incident",
            run: () => may("assign") && setEditing("assignee"),
          },
          {
            keys: "p",
            label: "Change priority",
            group: "Incident",
            run: () => may("prioritise") && setEditing("priority"),
          },
        ]
      : [],
  );
  return (
    <div ref={scroller} className={classes.scroll} {...uploads.dropProps}>
      {uploads.dragging && (
        <div className={classes.dropzone}>Drop files to attach them</div>
      )}
      <DuplicateBanner number={incident.number} />
      <MaintenanceBanner number={incident.number} />
      <div className={classes.columns}>
        <div className={classes.main}>
          <div className={classes.head}>
            <Headline incident={incident} />
            <Description incident={incident} />
          </div>
          <Attachments incident={incident} uploads={uploads} />
          {may("comment") && <Composer incident={incident} uploads={uploads} />}
          <Timeline incident={incident} />
        </div>
        <aside className={classes.side} aria-label="Clocks and properties">
          <ClocksCard incident={incident} />
          <Properties incident={incident} />
          <FieldsCard incident={incident} />
          <LinksCard incident={incident} />
          <WatchersCard incident={incident} />
        </aside>
      </div>
      {editing && (
        <QuickEdit
          field={editing}
          incident={incident}
          onClose={() => setEditing(null)}
        />
      )}
    </div>
  );
}

function Loading() {
  return (
    <div className={classes.scroll} aria-busy="true">
      <div className={classes.columns}>
        <div className={classes.main}>
          <Skeleton height={28} width="70%" />
          <Skeleton height={14} width="40%" />
          <Skeleton height={120} />
        </div>
        <div className={classes.side}>
          <Skeleton height={220} />
          <Skeleton height={260} />
        </div>
      </div>
    </div>
  );
}
