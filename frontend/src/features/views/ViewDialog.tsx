import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Alert, Button, Checkbox, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { View } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { toastDone } from "../../ui/toast";
import type { Filters } from "../incidents/filters";
import { useCreateView, useUpdateView } from "./mutations";
import { toView } from "./views";

type Props = {
  /** The view to rename or share; without one, `filters` become a new one. */
  view?: View;
  filters: Filters;
  onClose: () => void;
};

/** Names a view, and says who sees it. */
export default function ViewDialog({ view, filters, onClose }: Props) {
  const agent = isAtLeast(useUser(), "agent");
  const create = useCreateView();
  const update = useUpdateView();
  const { error, isPending } = view ? update : create;
  const [key] = useState(() => crypto.randomUUID());
  const form = useForm({
    initialValues: { name: view?.name ?? "", shared: view?.shared ?? false },
    validate: { name: (name) => (name.trim() ? null : t`Give the view a name.`) },
  });
  const submit = form.onSubmit((values) => {
    const answer = {
      onSuccess: () => {
        onClose();
        toastDone(t`${{ name: values.name.trim() }} saved`);
      },
      onError: (e: Error) => e instanceof ApiError && form.setErrors(e.fields),
    };
    if (view) update.mutate({ view, patch: values }, answer);
    else {
      const body = { ...values, filters: toView(filters), sort: filters.sort };
      create.mutate({ key, body }, answer);
    }
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={view ? t`Edit ${{ name: view.name }}` : t`Save view`}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {error && !form.errors.name && (
            <Alert color="red" role="alert" title={t`Not saved`}>
              {messageOf(error)}
            </Alert>
          )}
          <TextInput
            label={t`Name`}
            maxLength={60}
            data-autofocus
            {...form.getInputProps("name")}
          />
          {agent && (
            <Checkbox
              label={t`Share with all agents`}
              description={t`“Me” in a shared view is whoever looks at it.`}
              {...form.getInputProps("shared", { type: "checkbox" })}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t`Cancel`}
            </Button>
            <Button type="submit" loading={isPending}>
              {t`Save`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
