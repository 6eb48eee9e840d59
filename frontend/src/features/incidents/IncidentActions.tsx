import { ActionIcon, Button, Group, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowMerge, IconDots, IconLink, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { IncidentAction, IncidentDetail } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import { toastDone } from "../../ui/toast";
import { useDeleteIncident, useTransition } from "./mutations";

const MergeDialog = lazy(() => import("../links/MergeDialog"));
const StepDialog = lazy(() => import("./StepDialog"));

const LABELS = {
  acknowledge: "Acknowledge",
  resolve: "Resolve",
  reopen: "Reopen",
  close: "Close",
} as const;

type Step = keyof typeof LABELS;

/** The order in which steps are offered; the first one is the main action. */
const STEPS: Step[] = ["acknowledge", "resolve", "close", "reopen"];

const UNDO_MS = 10_000;

type Props = {
  incident: IncidentDetail;
  /** Leaves what shows the incident. */
  onLeave: () => Promise<void>;
};

export function IncidentActions({ incident, onLeave }: Props) {
  const [asking, setAsking] = useState<Step | "merge" | "delete" | null>(null);
  const transition = useTransition(incident.number);
  const may = (action: IncidentAction) => incident.allowed_actions.includes(action);
  const steps = STEPS.filter(may);

  const start = (step: Step) => {
    if (step === "resolve" || step === "reopen") setAsking(step);
    else
      transition.mutate(
        { action: step },
        { onSuccess: () => toastDone(`${incident.number} ${DONE[step]}`) },
      );
  };

  return (
    <>
      {steps.map((step, i) => (
        <Button
          key={step}
          size="xs"
          variant={i === 0 ? "filled" : "default"}
          loading={transition.isPending && transition.variables.action === step}
          onClick={() => start(step)}
        >
          {LABELS[step]}
        </Button>
      ))}
      <MoreMenu
        incident={incident}
        onMerge={may("assign") ? () => setAsking("merge") : undefined}
        onDelete={may("delete") ? () => setAsking("delete") : undefined}
      />
      {(asking === "resolve" || asking === "reopen") && (
        <Suspense>
          <StepDialog
            step={asking}
            incident={incident}
            onDone={() => toastDone(`${incident.number} ${DONE[asking]}`)}
            onClose={() => setAsking(null)}
          />
        </Suspense>
      )}
      {asking === "merge" && (
        <Suspense>
          <MergeDialog incident={incident} onClose={() => setAsking(null)} />
        </Suspense>
      )}
      <DeleteDialog
        incident={incident}
        opened={asking === "delete"}
        onClose={() => setAsking(null)}
        onLeave={onLeave}
      />
    </>
  );
}

const DONE: Record<Step, string> = {
  acknowledge: "acknowledged",
  resolve: "resolved",
  close: "closed",
  reopen: "reopened",
};

type MenuProps = {
  incident: IncidentDetail;
  onMerge?: () => void;
  onDelete?: () => void;
};

function MoreMenu({ incident, onMerge, onDelete }: MenuProps) {
  const copy = async () => {
    await navigator.clipboard.writeText(
      `${window.location.origin}/incidents/${incident.number}`,
    );
    toastDone("Link copied");
  };
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="More actions">
          <IconDots size={18} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconLink size={16} aria-hidden />} onClick={copy}>
          Copy link
        </Menu.Item>
        {onMerge && (
          <Menu.Item
            leftSection={<IconArrowMerge size={16} aria-hidden />}
            onClick={onMerge}
          >
            Merge…
          </Menu.Item>
        )}
        {onDelete && (
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} aria-hidden />}
            onClick={onDelete}
          >
            Delete…
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

type DeleteProps = Props & { opened: boolean; onClose: () => void };

function DeleteDialog({ incident, opened, onClose, onLeave }: DeleteProps) {
  const restore = useTransition(incident.number);
  const remove = useDeleteIncident(incident.number, () => {
    const id = notifications.show({
      autoClose: UNDO_MS,
      color: "gray",
      message: (
        <Group justify="space-between" wrap="nowrap">
          {incident.number} deleted
          <Button
            size="compact-sm"
            variant="subtle"
            onClick={() => {
              notifications.hide(id);
              restore.mutate({ action: "restore" });
            }}
          >
            Undo
          </Button>
        </Group>
      ),
    });
  });
  // Left first: what shows the incident would ask for it once more when it is gone.
  const confirm = async () => {
    onClose();
    await onLeave();
    remove.mutate();
  };
  return (
    <Confirm
      opened={opened}
      title={`Delete ${incident.number}?`}
      verb="Delete"
      loading={remove.isPending}
      onConfirm={confirm}
      onClose={onClose}
    >
      “{incident.title}” leaves every list and its clocks stop. You can undo this.
    </Confirm>
  );
}
