import { Button, Popover } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Bulk.module.css";

type Props = {
  label: string;
  hotkey?: string;
  icon: ReactNode;
  disabled: boolean;
  opened: boolean;
  toggle: () => void;
  close: () => void;
  children: ReactNode;
};

/** A button of the selection bar with its small form. */
export function BarMenu({ label, hotkey, icon, opened, ...props }: Props) {
  return (
    <Popover
      opened={opened}
      onChange={(open) => !open && props.close()}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      closeOnEscape={false}
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          className={classes.action}
          size="compact-md"
          variant="default"
          leftSection={icon}
          title={hotkey && `${label} (${hotkey})`}
          disabled={props.disabled}
          onClick={props.toggle}
        >
          {label}
        </Button>
      </Popover.Target>
      <Popover.Dropdown
        aria-label={`${label} the selected`}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // Closes the form only; the selection stays for another choice.
          event.preventDefault();
          props.close();
        }}
      >
        {props.children}
      </Popover.Dropdown>
    </Popover>
  );
}
