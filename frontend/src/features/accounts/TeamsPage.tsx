import "../../extra-styles";
import {
  Alert,
  Button,
  Group,
  Modal,
  MultiSelect,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { Team } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { RowActions } from "../../ui/RowActions";
import { ErrorState, State } from "../../ui/State";
import { toastDone } from "../../ui/toast";
import { useDeleteTeam, useSaveTeam } from "./mutations";
import { teamsQuery, usersQuery } from "./queries";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function TeamsPage() {
  const query = useQuery(teamsQuery);
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState<Team | "new" | null>(null);
  const [deleting, setDeleting] = useState<Team | null>(null);
  const remove = useDeleteTeam();
  const newTeam = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      New team
    </Button>
  );

  const columns: DataColumn<Team>[] = [
    { header: "Name", cell: (t) => <strong>{t.name}</strong> },
    {
      header: "Members",
      cell: (t) =>
        t.members.map((m) => m.name).join(", ") || (
          <span className="dim">Nobody yet</span>
        ),
    },
    {
      header: "Incidents",
      cell: (t) => (
        <Link to="/incidents" search={{ team: t.id, status: "open,in_progress" }}>
          Open queue
        </Link>
      ),
    },
  ];
  if (manager)
    columns.push({
      header: "Actions",
      end: true,
      cell: (t) => (
        <RowActions
          name={t.name}
          verb="Edit"
          onEdit={() => setEditing(t)}
          onDelete={() => setDeleting(t)}
        />
      ),
    });

  return (
    <Page title="Teams" actions={newTeam}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <State icon={IconUsersGroup} title="No team yet" action={newTeam}>
          A team groups people and has its own queue.
        </State>
      ) : (
        <DataTable
          label="Teams"
          columns={columns}
          rows={query.data}
          rowKey={(t) => t.id}
        />
      )}
      {editing && (
        <TeamDialog
          team={editing === "new" ? null : editing}
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
        Its incidents stay, without a team.
      </Confirm>
    </Page>
  );
}

function TeamDialog({ team, onClose }: { team: Team | null; onClose: () => void }) {
  const save = useSaveTeam();
  const { data } = useQuery(usersQuery());
  const members = team?.members ?? [];
  const people = (data?.items ?? []).filter((u) => u.role !== "reporter");
  const known = new Map([...members, ...people].map((p) => [p.id, p.name]));
  const form = useForm({
    initialValues: { name: team?.name ?? "", member_ids: members.map((m) => m.id) },
  });
  const submit = form.onSubmit((body) =>
    save.mutate(
      { id: team?.id, version: team?.version, body },
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
    <Modal opened onClose={onClose} title={team ? `Edit ${team.name}` : "New team"}>
      <form onSubmit={submit} noValidate>
        <Stack>
          {save.isError && !form.errors.name && (
            <Alert color="red" role="alert" title="Not saved">
              {messageOf(save.error)}
            </Alert>
          )}
          <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
          <MultiSelect
            label="Members"
            searchable
            comboboxProps={{ withinPortal: false }}
            nothingFoundMessage="Nobody found"
            data={[...known].map(([value, label]) => ({ value, label }))}
            {...form.getInputProps("member_ids")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {team ? "Save" : "Create team"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
