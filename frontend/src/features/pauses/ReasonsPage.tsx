import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import {
  ActionIcon,
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import {
  IconArrowDown,
  IconArrowUp,
  IconListDetails,
  IconPencil,
  IconPlus,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { PauseReason } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { tip } from "../../ui/Tip";
import { toastDone } from "../../ui/toast";
import { pauseReasonsQuery } from "../sla/queries";
import classes from "./Pauses.module.css";
import { useAddReason, useChangeReason, useOrderReasons } from "./queries";
import { codeOf, moved } from "./reasons";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function ReasonsPage() {
  const query = useQuery(pauseReasonsQuery);
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState<PauseReason | "new" | null>(null);
  const change = useChangeReason(t`The reason was not changed`);
  const order = useOrderReasons();
  const reasons = query.data;
  const add = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      {t`New reason`}
    </Button>
  );
  const toggle = (
    reason: PauseReason,
    field: "is_active" | "counts_against_us",
    label: string,
  ) => (
    <Switch
      aria-label={label}
      checked={reason[field]}
      disabled={!manager}
      onChange={(event) =>
        change.mutate({
          code: reason.code,
          body: { [field]: event.currentTarget.checked },
        })
      }
    />
  );
  const step = (index: number, by: -1 | 1) =>
    reasons && order.mutate(moved(reasons, index, by));

  const columns: DataColumn<PauseReason>[] = [
    {
      header: t`Reason`,
      cell: (r) => (
        <span className={r.is_active ? undefined : "dim"}>
          <strong>{r.label}</strong>
          <span className={classes.code}>{r.code}</span>
        </span>
      ),
    },
    {
      header: t`Can be chosen`,
      cell: (r) => toggle(r, "is_active", t`${{ reason: r.label }} can be chosen`),
    },
    {
      header: t`Counts against us`,
      cell: (r) =>
        toggle(r, "counts_against_us", t`${{ reason: r.label }} counts against us`),
    },
  ];
  if (manager)
    columns.push({
      header: t`Actions`,
      end: true,
      cell: (r) => {
        const index = reasons?.indexOf(r) ?? 0;
        const last = (reasons?.length ?? 0) - 1;
        return (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t`Move ${{ reason: r.label }} up`}
              {...tip(t`Move up`)}
              disabled={index === 0 || order.isPending}
              onClick={() => step(index, -1)}
            >
              <IconArrowUp {...icon} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t`Move ${{ reason: r.label }} down`}
              {...tip(t`Move down`)}
              disabled={index === last || order.isPending}
              onClick={() => step(index, 1)}
            >
              <IconArrowDown {...icon} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t`Rename ${{ name: r.label }}`}
              {...tip(t`Rename`)}
              onClick={() => setEditing(r)}
            >
              <IconPencil {...icon} />
            </ActionIcon>
          </Group>
        );
      },
    });

  return (
    <Page title={t`Pause reasons`} actions={add}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : reasons?.length === 0 ? (
        <State icon={IconListDetails} title={t`No reason yet`} action={add}>
          {t`Without a reason no clock can be paused by hand.`}
        </State>
      ) : (
        <div className={classes.narrow}>
          <p className={classes.lead}>
            <Trans>
              Whoever pauses a clock chooses one of these, in this order. A reason that{" "}
              <em>counts against us</em> stops the clock like any other; reports tell
              such pauses apart. Taking one off the choice ends no pause that has begun.
            </Trans>
          </p>
          <DataTable
            label={t`Pause reasons`}
            columns={columns}
            rows={reasons}
            rowKey={(r) => r.code}
          />
        </div>
      )}
      {editing && (
        <ReasonDialog
          reason={editing === "new" ? null : editing}
          taken={reasons?.map((r) => r.code) ?? []}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  );
}

type DialogProps = {
  reason: PauseReason | null;
  taken: string[];
  onClose: () => void;
};

function ReasonDialog({ reason, taken, onClose }: DialogProps) {
  const add = useAddReason();
  const change = useChangeReason();
  const error = add.error ?? change.error;
  const form = useForm({
    initialValues: { label: reason?.label ?? "", code: "", counts_against_us: false },
  });
  // Until somebody types a code, it follows the label.
  const code = form.values.code || codeOf(form.values.label, taken);
  const submit = form.onSubmit(({ label, counts_against_us }) => {
    const options = {
      onSuccess: () => {
        onClose();
        toastDone(t`${{ name: label }} saved`);
      },
      onError: (e: Error) => e instanceof ApiError && form.setErrors(e.fields),
    };
    if (reason) change.mutate({ code: reason.code, body: { label } }, options);
    else add.mutate({ code, label, counts_against_us }, options);
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={reason ? t`Rename ${{ name: reason.label }}` : t`New pause reason`}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {error && !(error instanceof ApiError && Object.keys(error.fields)[0]) && (
            <Alert color="red" role="alert" title={t`Not saved`}>
              {messageOf(error)}
            </Alert>
          )}
          <TextInput
            label={t`Label`}
            placeholder={t`Awaiting spare parts`}
            maxLength={200}
            data-autofocus
            {...form.getInputProps("label")}
          />
          {!reason && (
            <>
              <TextInput
                label={t`Code`}
                description={t`For scripts and the ledger; it cannot be changed later.`}
                maxLength={50}
                {...form.getInputProps("code")}
                value={code}
              />
              <Checkbox
                label={t`Counts against us`}
                {...form.getInputProps("counts_against_us", { type: "checkbox" })}
              />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t`Cancel`}
            </Button>
            <Button type="submit" loading={add.isPending || change.isPending}>
              {reason ? t`Save` : t`Add reason`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
