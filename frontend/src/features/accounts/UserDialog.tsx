import {
  Alert,
  Button,
  Group,
  Modal,
  PasswordInput,
  Select,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { ApiError, messageOf } from "../../api/errors";
import type { Role, User } from "../../api/types";
import { toastDone } from "../../ui/toast";
import { useCreateUser, useUpdateUser } from "./mutations";
import { OrganizationSelect } from "./OrganizationSelect";
import { TimeZoneSelect } from "./TimeZoneSelect";

export const ROLE_WORDS: Record<Role, string> = {
  administrator: "Administrator",
  manager: "Manager",
  agent: "Agent",
  reporter: "Reporter",
};

const ROLE_HINTS: Record<Role, string> = {
  administrator: "Everything, including users, deliveries and the job monitor.",
  manager: "Agents' work, plus deleting incidents, teams and SLA policies.",
  agent: "Works on every incident.",
  reporter: "Reports incidents and sees their own.",
};

/** Invites somebody, or changes who they are. */
export function UserDialog({
  user,
  onClose,
}: {
  user: User | null;
  onClose: () => void;
}) {
  const create = useCreateUser();
  const update = useUpdateUser();
  const form = useForm({
    initialValues: {
      name: user?.name ?? "",
      email: user?.email ?? "",
      role: user?.role ?? ("agent" as Role),
      organization: user?.organization ?? null,
      timezone: user?.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
      password: "",
    },
  });
  const error = create.error ?? update.error;

  const submit = form.onSubmit(({ password, organization, ...values }) => {
    const body = {
      ...values,
      organization_id: organization?.id ?? null,
      ...(password ? { password } : {}),
    };
    const options = {
      onSuccess: () => {
        onClose();
        toastDone(
          user
            ? `${values.name} saved`
            : password
              ? `${values.name} can sign in now`
              : `An invitation is on its way to ${values.email}`,
        );
      },
      onError: (e: Error) => e instanceof ApiError && form.setErrors(e.fields),
    };
    if (user) update.mutate({ id: user.id, version: user.version, body }, options);
    else create.mutate(body, options);
  });

  return (
    <Modal opened onClose={onClose} title={user ? `Edit ${user.name}` : "New user"}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {error &&
            !(error instanceof ApiError && Object.keys(error.fields).length) && (
              <Alert color="red" role="alert" title="Not saved">
                {messageOf(error)}
              </Alert>
            )}
          <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
          <TextInput label="E-mail" type="email" {...form.getInputProps("email")} />
          <Select
            label="Role"
            description={ROLE_HINTS[form.values.role]}
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
            data={Object.entries(ROLE_WORDS).map(([value, label]) => ({
              value,
              label,
            }))}
            {...form.getInputProps("role")}
          />
          <OrganizationSelect
            comboboxProps={{ withinPortal: false }}
            value={form.values.organization}
            onChange={(organization) =>
              form.setFieldValue("organization", organization)
            }
            error={form.errors.organization_id}
          />
          <TimeZoneSelect {...form.getInputProps("timezone")} />
          <PasswordInput
            label={user ? "New password" : "Password"}
            description={
              user
                ? "Leave empty to keep it."
                : "Leave empty to send an invitation by mail."
            }
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": "Show the characters" }}
            {...form.getInputProps("password")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending || update.isPending}>
              {user ? "Save" : "Create user"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
