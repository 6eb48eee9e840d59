import "../../extra-styles";
import { ActionIcon, Button, Group } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconPlus,
  IconTemplate,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IncidentTemplate } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { useShell } from "../../shell/context";
import { Confirm } from "../../ui/Confirm";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { RowActions } from "../../ui/RowActions";
import { ErrorState, State } from "../../ui/State";
import { tip } from "../../ui/Tip";
import { toastDone } from "../../ui/toast";
import classes from "../fields/Fields.module.css";
import { PriorityBadge } from "../incidents/badges";
import { templatesQuery, useChangeTemplate, useDeleteTemplate } from "./queries";
import { TemplateDialog } from "./TemplateDialog";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function TemplatesPage() {
  const query = useQuery(templatesQuery);
  const manager = isAtLeast(useUser(), "manager");
  const { openTemplate } = useShell();
  const [editing, setEditing] = useState<IncidentTemplate | "new" | null>(null);
  const [deleting, setDeleting] = useState<IncidentTemplate | null>(null);
  const change = useChangeTemplate();
  const remove = useDeleteTemplate();
  const templates = query.data;
  const add = manager && (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      New template
    </Button>
  );
  const move = (template: IncidentTemplate, position: number) =>
    change.mutate({
      template,
      body: { position },
      failure: "The order was not changed",
    });

  const columns: DataColumn<IncidentTemplate>[] = [
    { header: "Template", cell: (t) => <strong>{t.name}</strong> },
    {
      header: "Title",
      cell: (t) => t.title || <span className="dim">Written each time</span>,
    },
    {
      header: "Priority",
      cell: (t) =>
        t.priority ? (
          <PriorityBadge priority={t.priority} />
        ) : (
          <span className="dim">Chosen each time</span>
        ),
    },
    {
      header: "Used by",
      cell: (t) => (t.for_reporters ? "Everybody" : "Agents"),
    },
    {
      header: "Use",
      cell: (t) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Use ${t.name}`}
          onClick={() => openTemplate(t.id)}
        >
          Use
        </Button>
      ),
    },
  ];
  if (manager)
    columns.push({
      header: "Actions",
      end: true,
      cell: (t) => {
        const index = templates?.indexOf(t) ?? 0;
        return (
          <Group gap={4} justify="flex-end" wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Move ${t.name} up`}
              {...tip("Move up")}
              disabled={index === 0 || change.isPending}
              onClick={() => move(t, index - 1)}
            >
              <IconArrowUp {...icon} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Move ${t.name} down`}
              {...tip("Move down")}
              disabled={index === (templates?.length ?? 0) - 1 || change.isPending}
              onClick={() => move(t, index + 1)}
            >
              <IconArrowDown {...icon} />
            </ActionIcon>
            <RowActions
              name={t.name}
              verb="Edit"
              onEdit={() => setEditing(t)}
              onDelete={() => setDeleting(t)}
            />
          </Group>
        );
      },
    });

  return (
    <Page title="Templates" actions={add}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : templates?.length === 0 ? (
        <State icon={IconTemplate} title="No template yet" action={add}>
          A template fills in the form of a new incident: for what comes again and
          again, nobody forgets what has to be asked.
        </State>
      ) : (
        <div className={classes.narrow}>
          <p className={classes.lead}>
            Whoever creates an incident can begin with one of these, in this order.
            Everything that it fills in can be changed before the incident is created.
          </p>
          <DataTable
            label="Templates"
            columns={columns}
            rows={templates}
            rowKey={(t) => t.id}
          />
        </div>
      )}
      {editing && (
        <TemplateDialog
          template={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
      {deleting && (
        <Confirm
          opened
          title={`Delete ${deleting.name}?`}
          verb="Delete"
          loading={remove.isPending}
          onClose={() => setDeleting(null)}
          onConfirm={() =>
            remove.mutate(deleting, {
              onSuccess: () => {
                toastDone(`${deleting.name} deleted`);
                setDeleting(null);
              },
            })
          }
        >
          Nobody can begin with it any more. Incidents that were made from it stay as
          they are.
        </Confirm>
      )}
    </Page>
  );
}
