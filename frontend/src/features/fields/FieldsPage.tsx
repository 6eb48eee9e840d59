import "../../extra-styles";
import { ActionIcon, Button, Group } from "@mantine/core";
import {
  IconArchive,
  IconArrowBackUp,
  IconArrowDown,
  IconArrowUp,
  IconForms,
  IconPencil,
  IconPlus,
  type TablerIcon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CustomField } from "../../api/types";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { tip } from "../../ui/Tip";
import { toastUndo } from "../../ui/undo";
import { FieldDialog } from "./FieldDialog";
import classes from "./Fields.module.css";
import { REQUIRED_WORDS, TYPE_WORDS } from "./fields";
import { fieldsQuery, useChangeField } from "./queries";

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

export function FieldsPage() {
  const query = useQuery(fieldsQuery);
  const [editing, setEditing] = useState<CustomField | "new" | null>(null);
  const change = useChangeField("The field was not changed");
  const fields = query.data;
  const active = fields?.filter((field) => field.is_active);
  const retired = fields?.filter((field) => !field.is_active) ?? [];

  const add = (
    <Button leftSection={<IconPlus {...icon} />} onClick={() => setEditing("new")}>
      New field
    </Button>
  );
  const setActive = ({ key }: CustomField, is_active: boolean) =>
    change.mutate({ key, body: { is_active } });
  const retire = (field: CustomField) =>
    change.mutate(
      { key: field.key, body: { is_active: false } },
      {
        onSuccess: () =>
          toastUndo(`${field.name} retired; its values stay`, () =>
            setActive(field, true),
          ),
      },
    );
  /** To the place of a neighbour, by the order that retired fields are in as well. */
  const move = ({ key }: CustomField, neighbour: CustomField | undefined) =>
    neighbour &&
    fields &&
    change.mutate({ key, body: { position: fields.indexOf(neighbour) } });

  const columns: DataColumn<CustomField>[] = [
    {
      header: "Field",
      cell: (f) => (
        <>
          <strong>{f.name}</strong>
          <span className={classes.key}>{f.key}</span>
        </>
      ),
    },
    { header: "Type", cell: (f) => TYPE_WORDS[f.type] },
    { header: "Required", cell: (f) => REQUIRED_WORDS[f.required] },
    {
      header: "Reporters",
      cell: (f) => (f.visible_to_reporters ? "See it" : "Hidden"),
    },
  ];
  const actions = (cell: DataColumn<CustomField>["cell"]): DataColumn<CustomField> => ({
    header: "Actions",
    end: true,
    cell: (f) => (
      <Group gap={4} justify="flex-end" wrap="nowrap">
        {cell(f)}
      </Group>
    ),
  });

  return (
    <Page title="Custom fields" actions={add}>
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : fields?.length === 0 ? (
        <State icon={IconForms} title="No field yet" action={add}>
          Fields keep what else matters about an incident: the region, the customer's
          reference, the root cause.
        </State>
      ) : (
        <div className={classes.narrow}>
          <p className={classes.lead}>
            Every incident has these fields, in this order. A field that is retired can
            no longer be filled in; incidents keep the values that they have.
          </p>
          <DataTable
            label="Custom fields"
            rows={active}
            rowKey={(f) => f.key}
            columns={[
              ...columns,
              actions((f) => {
                const index = active?.indexOf(f) ?? 0;
                return (
                  <>
                    <Action
                      icon={IconArrowUp}
                      verb="Move"
                      name={`${f.name} up`}
                      disabled={index === 0 || change.isPending}
                      onClick={() => move(f, active?.[index - 1])}
                    />
                    <Action
                      icon={IconArrowDown}
                      verb="Move"
                      name={`${f.name} down`}
                      disabled={index === (active?.length ?? 0) - 1 || change.isPending}
                      onClick={() => move(f, active?.[index + 1])}
                    />
                    <Action
                      icon={IconPencil}
                      verb="Edit"
                      name={f.name}
                      onClick={() => setEditing(f)}
                    />
                    <Action
                      icon={IconArchive}
                      verb="Retire"
                      name={f.name}
                      onClick={() => retire(f)}
                    />
                  </>
                );
              }),
            ]}
          />
          {retired.length > 0 && (
            <>
              <h2 className={classes.retired}>Retired</h2>
              <DataTable
                label="Retired fields"
                rows={retired}
                rowKey={(f) => f.key}
                columns={[
                  ...columns,
                  actions((f) => (
                    <Action
                      icon={IconArrowBackUp}
                      verb="Bring back"
                      name={f.name}
                      onClick={() => setActive(f, true)}
                    />
                  )),
                ]}
              />
            </>
          )}
        </div>
      )}
      {editing && (
        <FieldDialog
          field={editing === "new" ? null : editing}
          taken={fields?.map((f) => f.key) ?? []}
          onClose={() => setEditing(null)}
        />
      )}
    </Page>
  );
}

type ActionProps = {
  icon: TablerIcon;
  verb: string;
  name: string;
  disabled?: boolean;
  onClick: () => void;
};

function Action({ icon: Icon, verb, name, ...props }: ActionProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`${verb} ${name}`}
      {...tip(`${verb} ${name}`)}
      {...props}
    >
      <Icon {...icon} />
    </ActionIcon>
  );
}
