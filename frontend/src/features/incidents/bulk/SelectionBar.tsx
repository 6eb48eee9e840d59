import "../../../extra-styles";
import { CloseButton } from "@mantine/core";
import {
  IconClockPause,
  IconEqual,
  IconProgressCheck,
  IconTag,
  IconTrash,
  IconUser,
  IconUsersGroup,
} from "@tabler/icons-react";
import type { BulkChange, UserRef } from "../../../api/types";
import { isAtLeast, useUser } from "../../../api/useSession";
import { BarMenu } from "./BarMenu";
import classes from "./Bulk.module.css";
import { Clocks, Deletion, People, Priorities, Steps, Tags, Teams } from "./menus";
import { useBulkChange } from "./mutations";
import type { BulkMenu, QueueSelection } from "./useQueueSelection";

const MENUS = [
  { id: "assign", label: "Assign", hotkey: "a", Icon: IconUser, Content: People },
  { id: "team", label: "Team", Icon: IconUsersGroup, Content: Teams },
  {
    id: "priority",
    label: "Priority",
    hotkey: "p",
    Icon: IconEqual,
    Content: Priorities,
  },
  { id: "status", label: "Status", Icon: IconProgressCheck, Content: Steps },
  { id: "tags", label: "Tags", Icon: IconTag, Content: Tags },
  { id: "pause", label: "Clock", Icon: IconClockPause, Content: Clocks },
  {
    id: "delete",
    label: "Delete",
    Icon: IconTrash,
    Content: Deletion,
    role: "manager",
  },
] as const;

/** How many are selected, and what can be done with them. */
export default function SelectionBar({ selection }: { selection: QueueSelection }) {
  const { numbers, menu, setMenu, clear, drop, setFailed } = selection;
  const user = useUser();
  const bulk = useBulkChange({
    explain: setFailed,
    // What was resolved or deleted leaves most lists; it must not stay selected unseen.
    onDone: ({ change }, { done }) =>
      (change.type === "step" || change.type === "delete") &&
      drop(done.map((member) => member.number)),
  });
  const run = (change: BulkChange, verb: string, who?: UserRef | null) => {
    setMenu(null);
    bulk.mutate({ change, numbers, verb, who });
  };
  const toggle = (id: BulkMenu) => setMenu(menu === id ? null : id);
  return (
    <div role="toolbar" aria-label="Selection" className={classes.bar}>
      <CloseButton
        aria-label="Select nothing"
        title="Select nothing (Esc)"
        onClick={clear}
      />
      <span className={`${classes.count} num`}>
        {numbers.length > 0 ? `${numbers.length} selected` : "Tap to select"}
      </span>
      {MENUS.filter((menu) => !("role" in menu) || isAtLeast(user, menu.role)).map(
        ({ id, label, Icon, Content, ...rest }) => (
          <BarMenu
            key={id}
            label={label}
            hotkey={"hotkey" in rest ? rest.hotkey : undefined}
            icon={<Icon size={16} stroke={1.75} aria-hidden />}
            disabled={numbers.length === 0 || bulk.isPending}
            opened={menu === id}
            toggle={() => toggle(id)}
            close={() => setMenu(null)}
          >
            <Content run={run} numbers={numbers} />
          </BarMenu>
        ),
      )}
    </div>
  );
}
