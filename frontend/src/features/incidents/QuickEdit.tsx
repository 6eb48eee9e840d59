import "../../extra-styles";
import { Modal } from "@mantine/core";
import { useState } from "react";
import type { Incident, Priority } from "../../api/types";
import { useUpdateIncident } from "./mutations";
import { AssigneeSelect } from "./PeopleSelect";
import { PriorityPicker } from "./PriorityPicker";
import { RetargetDialog } from "./RetargetDialog";
import { hasOpenClock } from "./retarget";

type Props = {
  field: "assignee" | "priority";
  incident: Incident;
  onClose: () => void;
};

/** Changes one property from the keyboard (`a` and `p`). */
export default function QuickEdit({ field, incident, onClose }: Props) {
  const update = useUpdateIncident(incident.number);
  const [priority, setPriority] = useState<Priority | null>(null);
  if (priority)
    return (
      <RetargetDialog incident={incident} change={{ priority }} onClose={onClose} />
    );
  const title = `${field === "assignee" ? "Assign" : "Priority of"} ${incident.number}`;
  return (
    <Modal
      opened
      onClose={onClose}
      // The list of people may be longer than the dialog.
      styles={{ content: { overflow: "visible" } }}
      title={title}
      size={field === "assignee" ? "sm" : "lg"}
    >
      {field === "assignee" ? (
        <AssigneeSelect
          label="Assignee"
          data-autofocus
          defaultDropdownOpened
          comboboxProps={{ withinPortal: false, position: "bottom" }}
          value={incident.assignee}
          onChange={(assignee) => {
            update.mutate({
              patch: { assignee_id: assignee?.id ?? null },
              shown: { assignee },
              base: incident,
              failure: "Not assigned",
            });
            onClose();
          }}
        />
      ) : (
        <PriorityPicker
          value={incident.priority}
          preview={false}
          onChange={(priority) => {
            if (hasOpenClock(incident.sla.clocks)) return setPriority(priority);
            update.mutate({
              patch: { priority },
              shown: { priority },
              base: incident,
              failure: "The priority was not changed",
            });
            onClose();
          }}
        />
      )}
    </Modal>
  );
}
