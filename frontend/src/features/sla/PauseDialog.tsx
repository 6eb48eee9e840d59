import { t } from "@lingui/core/macro";
import { Alert, Button, Group, Modal, Select, Stack, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/errors";
import { toastDone } from "../../ui/toast";
import { pauseReasonsQuery, usePauseClock } from "./queries";

const NOTE_LENGTH = 500;

type Props = { number: string; slaId: string; onClose: () => void };

/** A pause always has a reason; the note is for the colleague who wonders later. */
export function PauseDialog({ number, slaId, onClose }: Props) {
  const { data: reasons = [] } = useQuery(pauseReasonsQuery);
  const [reason, setReason] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const pause = usePauseClock(number);
  const active = reasons.filter((r) => r.is_active);
  const chosen = reason ?? active[0]?.code ?? null;

  const submit = () => {
    if (!chosen) return;
    pause.mutate(
      { slaId, reason: chosen, note: note.trim() },
      {
        onSuccess: () => {
          onClose();
          toastDone(t`The clock is paused`);
        },
      },
    );
  };

  return (
    <Modal opened onClose={onClose} title={t`Pause the clock of ${number}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {pause.isError && (
            <Alert color="red" role="alert" title={t`Not paused`}>
              {messageOf(pause.error)}
            </Alert>
          )}
          <Select
            label={t`Reason`}
            data-autofocus
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
            data={active.map((r) => ({ value: r.code, label: r.label }))}
            value={chosen}
            onChange={setReason}
          />
          <Textarea
            label={t`Note`}
            description={t`Optional. The reporter does not see it.`}
            autosize
            minRows={2}
            maxLength={NOTE_LENGTH}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t`Cancel`}
            </Button>
            <Button type="submit" loading={pause.isPending} disabled={!chosen}>
              {t`Pause`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
