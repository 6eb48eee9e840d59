import { t } from "@lingui/core/macro";
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";

const LONG_MS = 8000;

/** Says what was done, and takes it back if the person wants. */
export function toastUndo(message: string, undo: () => void): void {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {t`Undo`}
        </Button>
      </Group>
    ),
    color: "gray",
    closeButtonProps: { "aria-label": t`Close` },
    autoClose: LONG_MS,
  });
}
