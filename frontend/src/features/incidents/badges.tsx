import {
  IconAlertOctagonFilled,
  IconAlertTriangleFilled,
  IconCheck,
  IconChevronDown,
  IconChevronsUp,
  IconCircle,
  IconCircleCheck,
  IconCircleDot,
  IconCircleMinus,
  IconClock,
  IconClockExclamation,
  IconEqual,
  IconPlayerPauseFilled,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Incident, Priority, SlaSummary } from "../../api/types";
import classes from "./badges.module.css";
import { PRIORITY_WORDS, SLA_WORDS, type SlaFilter, STATUS_WORDS } from "./filters";

/** The shape tells the priority, without any colour. */
const PRIORITY_ICONS: Record<Priority, TablerIcon> = {
  critical: IconAlertOctagonFilled,
  high: IconChevronsUp,
  medium: IconEqual,
  low: IconChevronDown,
};

export function PriorityBadge({
  priority,
  withText = true,
}: {
  priority: Priority;
  withText?: boolean;
}) {
  const Icon = PRIORITY_ICONS[priority];
  const word = PRIORITY_WORDS[priority];
  return (
    <span className={`${classes.badge} ${classes[priority]}`} title={word}>
      <Icon size={18} stroke={2} aria-hidden />
      <span className={withText ? undefined : "sr-only"}>{word}</span>
    </span>
  );
}

const STATUS_ICONS: Record<Incident["status"], TablerIcon> = {
  open: IconCircle,
  in_progress: IconCircleDot,
  resolved: IconCircleCheck,
  closed: IconCircleMinus,
};

export function StatusBadge({ status }: { status: Incident["status"] }) {
  const Icon = STATUS_ICONS[status];
  const tone =
    status === "resolved" || status === "closed" ? classes.done : classes.status;
  return (
    <span className={`${classes.badge} ${tone}`}>
      <Icon size={16} stroke={1.75} aria-hidden />
      {STATUS_WORDS[status]}
    </span>
  );
}

const SLA_ICONS: Record<SlaFilter, TablerIcon> = {
  active: IconClock,
  at_risk: IconClockExclamation,
  on_track: IconClock,
  breached: IconAlertTriangleFilled,
  paused: IconPlayerPauseFilled,
  met: IconCheck,
};

export function SlaBadge({ sla }: { sla: Pick<SlaSummary, "status" | "at_risk"> }) {
  const state: SlaFilter =
    sla.status === "active" && sla.at_risk ? "at_risk" : sla.status;
  const Icon = SLA_ICONS[state];
  return (
    <span className={`${classes.badge} ${classes.sla} ${classes[state]}`}>
      <Icon size={14} aria-hidden />
      SLA {SLA_WORDS[state].toLowerCase()}
    </span>
  );
}

export function Tag({ name }: { name: string }) {
  return (
    <span className={classes.tag} title={name}>
      {name}
    </span>
  );
}
