import { t } from "@lingui/core/macro";
import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";

type Props = {
  opened: boolean;
  title: string;
  /** What happens, naming the thing. */
  children: ReactNode;
  verb: string;
  loading?: boolean;
  /** Red destroys; a dark one, on which white can be read. */
  color?: string;
  size?: "sm" | "lg";
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks once before something that cannot be undone by a click. */
export function Confirm({
  opened,
  title,
  children,
  verb,
  loading,
  color = "red.9",
  size = "sm",
  onConfirm,
  onClose,
}: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size}>
      {children}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          {t`Cancel`}
        </Button>
        <Button color={color} loading={loading} onClick={onConfirm} data-autofocus>
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}
