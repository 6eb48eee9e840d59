import "../../extra-styles";
import {
  Alert,
  Button,
  Checkbox,
  Code,
  CopyButton,
  Group,
  Modal,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconCheck, IconCopy, IconKey, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { CreatedToken, Token } from "../../api/types";
import { useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import { useCreateToken, useRevokeToken } from "./mutations";
import { tokensQuery } from "./queries";

type Scope = Token["scopes"][number];

const SCOPE_HINTS: Record<Scope, string> = {
  read: "Read what you can see",
  write: "Change what you can change",
  admin: "Administer, as far as you may",
};

export function TokensPage() {
  const query = useQuery(tokensQuery);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const revoke = useRevokeToken();
  const add = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setCreating(true)}
    >
      New token
    </Button>
  );
  const live = query.data?.filter((t) => !t.revoked_at);

  const columns: DataColumn<Token>[] = [
    { header: "Name", cell: (t) => <strong>{t.name}</strong> },
    { header: "Starts with", cell: (t) => <Code>{t.prefix}…</Code> },
    { header: "Scopes", cell: (t) => t.scopes.join(", ") },
    { header: "Created", cell: (t) => <Time at={t.created_at} /> },
    {
      header: "Last used",
      cell: (t) =>
        t.last_used_at ? (
          <Time at={t.last_used_at} />
        ) : (
          <span className="dim">Never</span>
        ),
    },
    {
      header: "Ends",
      cell: (t) =>
        t.expires_at ? t.expires_at.slice(0, 10) : <span className="dim">Never</span>,
    },
    {
      header: "Actions",
      end: true,
      cell: (t) => (
        <Button size="compact-sm" variant="default" onClick={() => setRevoking(t)}>
          Revoke
        </Button>
      ),
    },
  ];

  return (
    <Page title="API tokens" actions={add}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : live?.length === 0 ? (
        <State icon={IconKey} title="No token yet" action={add}>
          A token lets a script do what you may do, within the scopes you choose.
        </State>
      ) : (
        <DataTable
          label="API tokens"
          columns={columns}
          rows={live}
          rowKey={(t) => t.id}
        />
      )}
      {creating && <CreateToken onClose={() => setCreating(false)} />}
      <Confirm
        opened={revoking !== null}
        title={`Revoke ${revoking?.name}?`}
        verb="Revoke"
        loading={revoke.isPending}
        onClose={() => setRevoking(null)}
        onConfirm={() =>
          revoking && revoke.mutate(revoking.id, { onSettled: () => setRevoking(null) })
        }
      >
        Whatever uses it stops working at once.
      </Confirm>
    </Page>
  );
}

function CreateToken({ onClose }: { onClose: () => void }) {
  const user = useUser();
  const create = useCreateToken();
  const form = useForm<{ name: string; scopes: Scope[]; expires: string }>({
    initialValues: { name: "", scopes: ["read"], expires: "" },
  });
  if (create.data) return <ShowOnce created={create.data} onClose={onClose} />;
  const scopes: Scope[] =
    user?.role === "administrator" ? ["read", "write", "admin"] : ["read", "write"];
  const submit = form.onSubmit(({ name, scopes, expires }) =>
    create.mutate(
      {
        name,
        scopes,
        expires_at: expires ? new Date(`${expires}T23:59:59`).toISOString() : null,
      },
      { onError: (e) => e instanceof ApiError && form.setErrors(e.fields) },
    ),
  );
  return (
    <Modal opened onClose={onClose} title="New API token">
      <form onSubmit={submit} noValidate>
        <Stack>
          {create.isError && !form.errors.name && (
            <Alert color="red" role="alert" title="Not created">
              {messageOf(create.error)}
            </Alert>
          )}
          <TextInput
            label="Name"
            placeholder="Where it will be used"
            data-autofocus
            {...form.getInputProps("name")}
          />
          <Checkbox.Group label="Scopes" {...form.getInputProps("scopes")}>
            <Stack gap={10} mt={8}>
              {scopes.map((scope) => (
                <Checkbox
                  key={scope}
                  value={scope}
                  label={scope}
                  description={SCOPE_HINTS[scope]}
                />
              ))}
            </Stack>
          </Checkbox.Group>
          <TextInput
            type="date"
            label="Last day (optional)"
            {...form.getInputProps("expires")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={create.isPending}
              disabled={form.values.scopes.length === 0}
            >
              Create token
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function ShowOnce({
  created,
  onClose,
}: {
  created: CreatedToken;
  onClose: () => void;
}) {
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Token “${created.name}”`}
      closeOnClickOutside={false}
    >
      <Stack>
        <p>Copy it now. It is stored as a hash only, so it cannot be shown again.</p>
        <Code block>{created.token}</Code>
        <Group justify="flex-end">
          <CopyButton value={created.token}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                onClick={copy}
                leftSection={
                  copied ? (
                    <IconCheck size={16} aria-hidden />
                  ) : (
                    <IconCopy size={16} aria-hidden />
                  )
                }
              >
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
