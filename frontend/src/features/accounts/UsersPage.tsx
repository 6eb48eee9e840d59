import "../../extra-styles";
import { ActionIcon, Button, Group, Menu, Switch, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconDots, IconPlus, IconSearch, IconUsers } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { User } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { Person } from "../../ui/Person";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import { toastDone } from "../../ui/toast";
import { useDeleteUser, useUpdateUser } from "./mutations";
import { usersQuery } from "./queries";
import { ROLE_WORDS, UserDialog } from "./UserDialog";

export function UsersPage() {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 200);
  const [all, setAll] = useState(false);
  const [editing, setEditing] = useState<User | "new" | null>(null);
  const [deleting, setDeleting] = useState<User | null>(null);
  const query = useQuery(usersQuery(q, !all));
  const me = useUser();
  const admin = isAtLeast(me, "administrator");
  const remove = useDeleteUser();
  const update = useUpdateUser("The user was not changed");

  const setActive = (user: User, is_active: boolean) =>
    update.mutate(
      { id: user.id, version: user.version, body: { is_active } },
      {
        onSuccess: () =>
          toastDone(
            `${user.name} ${is_active ? "can sign in again" : "is deactivated"}`,
          ),
      },
    );

  const columns: DataColumn<User>[] = [
    { header: "Name", cell: (u) => <Person user={u} /> },
    { header: "E-mail", cell: (u) => u.email },
    { header: "Role", cell: (u) => ROLE_WORDS[u.role] },
    {
      header: "Organization",
      cell: (u) => u.organization?.name ?? <span className="dim">None</span>,
    },
    { header: "Time zone", cell: (u) => u.timezone },
    {
      header: "State",
      cell: (u) => (u.is_active ? "Active" : <span className="dim">Deactivated</span>),
    },
    { header: "Since", cell: (u) => <Time at={u.created_at} /> },
  ];
  if (admin)
    columns.push({
      header: "Actions",
      end: true,
      cell: (u) => (
        <UserActions
          user={u}
          self={u.id === me?.id}
          onEdit={() => setEditing(u)}
          onDelete={() => setDeleting(u)}
          onActive={(active) => setActive(u, active)}
        />
      ),
    });

  return (
    <Page
      title="Users"
      actions={
        admin && (
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setEditing("new")}
          >
            New user
          </Button>
        )
      }
    >
      <Group mb="md">
        <TextInput
          aria-label="Search users"
          placeholder="Name or e-mail"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Switch
          label="Show deactivated ones"
          checked={all}
          onChange={(event) => setAll(event.currentTarget.checked)}
        />
      </Group>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.items.length === 0 ? (
        <State icon={IconUsers} title="Nobody found">
          No name or address contains “{q}”.
        </State>
      ) : (
        <DataTable
          label="Users"
          columns={columns}
          rows={query.data?.items}
          rowKey={(u) => u.id}
        />
      )}
      {query.data?.next_cursor && (
        <p className="dim">Only the first hundred are shown. Search to see others.</p>
      )}
      {editing && (
        <UserDialog
          user={editing === "new" ? null : editing}
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
        {deleting?.email} can no longer sign in. What they wrote stays.
      </Confirm>
    </Page>
  );
}

type ActionsProps = {
  user: User;
  self: boolean;
  onEdit: () => void;
  onDelete: () => void;
  onActive: (active: boolean) => void;
};

function UserActions({ user, self, onEdit, onDelete, onActive }: ActionsProps) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Actions for ${user.name}`}
        >
          <IconDots size={18} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onEdit}>Edit…</Menu.Item>
        {!self && (
          <>
            <Menu.Item onClick={() => onActive(!user.is_active)}>
              {user.is_active ? "Deactivate" : "Activate"}
            </Menu.Item>
            <Menu.Item color="red" onClick={onDelete}>
              Delete…
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
