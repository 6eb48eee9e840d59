import { t } from "@lingui/core/macro";
import { ActionIcon, Group } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

type Props = {
  name: string;
  /** What the pencil does. */
  verb: "Edit" | "Rename";
  onEdit: () => void;
  onDelete: () => void;
};

/** Pencil and bin at the end of a row. */
export function RowActions({ name, verb, onEdit, onDelete }: Props) {
  return (
    <Group gap={4} justify="flex-end" wrap="nowrap">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={verb === "Edit" ? t`Edit ${name}` : t`Rename ${name}`}
        onClick={onEdit}
      >
        <IconPencil {...icon} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t`Delete ${name}`}
        onClick={onDelete}
      >
        <IconTrash {...icon} />
      </ActionIcon>
    </Group>
  );
}
