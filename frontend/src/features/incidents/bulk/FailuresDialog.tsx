import "../../../extra-styles";
import { Button, Group, Modal } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { BulkFailure } from "../../../api/types";
import classes from "./Bulk.module.css";

type Props = { failed: BulkFailure[]; onClose: () => void };

/** Which incidents stayed as they were, and why. */
export default function FailuresDialog({ failed, onClose }: Props) {
  return (
    <Modal opened onClose={onClose} title={`${failed.length} not changed`} size="lg">
      <ul className={classes.failures}>
        {failed.map(({ number, message }) => (
          <li key={number}>
            <Link to="/incidents/$number" params={{ number }} onClick={onClose}>
              {number}
            </Link>
            <span>{message}</span>
          </li>
        ))}
      </ul>
      <Group justify="flex-end">
        <Button data-autofocus onClick={onClose}>
          Close
        </Button>
      </Group>
    </Modal>
  );
}
