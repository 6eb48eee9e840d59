import "../../extra-styles";
import { Alert, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBuilding, IconPlus, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { Organization } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { RowActions } from "../../ui/RowActions";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import { toastDone } from "../../ui/toast";
import { useDeleteOrganization, useSaveOrganization } from "./mutations";
import { organizationsQuery } from "./queries";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function OrganizationsPage() {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 200);
  const query = useQuery(organizationsQuery(q));
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState<Organization | "new" | null>(null);
  const [deleting, setDeleting] = useState<Organization | null>(null);
  const remove = useDeleteOrganization();
  const add = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      New organization
    </Button>
  );

  const columns: DataColumn<Organization>[] = [
    { header: "Name", cell: (o) => <strong>{o.name}</strong> },
    { header: "Since", cell: (o) => <Time at={o.created_at} /> },
    {
      header: "Incidents",
      cell: (o) => (
        <Link
          to="/incidents"
          search={{ organization: o.id, status: "open,in_progress" }}
        >
          Open queue
        </Link>
      ),
    },
  ];
  if (manager)
    columns.push({
      header: "Actions",
      end: true,
      cell: (o) => (
        <RowActions
          name={o.name}
          verb="Rename"
          onEdit={() => setEditing(o)}
          onDelete={() => setDeleting(o)}
        />
      ),
    });

  const rows = query.data?.items;
  const none = rows?.length === 0;
  return (
    <Page title="Organizations" actions={add}>
      {!(none && !q) && !query.isError && (
        <Group mb="md">
          <TextInput
            aria-label="Search organizations"
            placeholder="Name"
            leftSection={<IconSearch {...icon} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Group>
      )}
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : none ? (
        <State
          icon={IconBuilding}
          title={q ? "Nothing found" : "No organization yet"}
          action={!q && add}
        >
          {q
            ? `No name contains “${q}”.`
            : "Reporters belong to an organization; a policy can promise it something of its own."}
        </State>
      ) : (
        <DataTable
          label="Organizations"
          columns={columns}
          rows={rows}
          rowKey={(o) => o.id}
        />
      )}
      {query.data?.next_cursor && (
        <p className="dim">Only the first hundred are shown. Search to see others.</p>
      )}
      {editing && (
        <OrganizationDialog
          organization={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      <Confirm
        opened={deleting !== null}
        title={`Delete ${deleting?.name}?`}
        verb="Delete"
        loading={remove.isPending}
        onClose={() => setDeleting(null)}
        onConfirm={() =>
          deleting && remove.mutate(deleting.id, { onSettled: () => setDeleting(null) })
        }
      >
        Its people and incidents stay, without an organization. Policies that are only
        for it match nothing any more.
      </Confirm>
    </Page>
  );
}

type DialogProps = { organization: Organization | null; onClose: () => void };

function OrganizationDialog({ organization, onClose }: DialogProps) {
  const save = useSaveOrganization();
  const form = useForm({ initialValues: { name: organization?.name ?? "" } });
  const submit = form.onSubmit((body) =>
    save.mutate(
      { id: organization?.id, version: organization?.version, body },
      {
        onSuccess: () => {
          onClose();
          toastDone(`${body.name} saved`);
        },
        onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
      },
    ),
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={organization ? `Rename ${organization.name}` : "New organization"}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {save.isError && !form.errors.name && (
            <Alert color="red" role="alert" title="Not saved">
              {messageOf(save.error)}
            </Alert>
          )}
          <TextInput
            label="Name"
            maxLength={200}
            data-autofocus
            {...form.getInputProps("name")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {organization ? "Save" : "Create organization"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
