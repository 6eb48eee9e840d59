import "../../extra-styles";
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { randomId } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { FieldValues, IncidentTemplate, Priority, UserRef } from "../../api/types";
import { toastDone } from "../../ui/toast";
import { FieldInput } from "../fields/FieldInput";
import { activeOf } from "../fields/fields";
import { fieldsQuery } from "../fields/queries";
import { PRIORITIES, PRIORITY_WORDS } from "../incidents/filters";
import { TeamSelect } from "../incidents/PeopleSelect";
import { useAddTemplate, useChangeTemplate } from "./queries";

type Values = {
  name: string;
  title: string;
  description: string;
  priority: Priority | null;
  team: UserRef | null;
  tags: string[];
  fields: FieldValues;
  for_reporters: boolean;
};

const EMPTY: Values = {
  name: "",
  title: "",
  description: "",
  priority: null,
  team: null,
  tags: [],
  fields: {},
  for_reporters: false,
};

const inside = { comboboxProps: { withinPortal: false } } as const;

type Props = { template: IncidentTemplate | null; onClose: () => void };

/** Writes a template; what is left open is filled in with each incident. */
export function TemplateDialog({ template, onClose }: Props) {
  const add = useAddTemplate();
  const change = useChangeTemplate();
  const error = add.error ?? change.error;
  const { data } = useQuery(fieldsQuery);
  const [key, setKey] = useState(() => randomId());
  const form = useForm<Values>({
    initialValues: template ? { ...EMPTY, ...template } : EMPTY,
  });
  const submit = form.onSubmit((values) => {
    const { name, title, description, priority, tags, fields, for_reporters } = values;
    const body = {
      ...{ name, title, description, priority, tags, fields, for_reporters },
      team_id: values.team?.id ?? null,
    };
    const handlers = {
      onSuccess: () => {
        onClose();
        toastDone(`${name} saved`);
      },
      onError: (e: Error) => {
        if (!(e instanceof ApiError)) return;
        setKey(randomId());
        form.setErrors(e.fields);
      },
    };
    if (template) change.mutate({ template, body }, handlers);
    else add.mutate({ key, body }, handlers);
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={template ? `Edit ${template.name}` : "New template"}
      size="lg"
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {error && !(error instanceof ApiError && Object.keys(error.fields)[0]) && (
            <Alert color="red" role="alert" title="Not saved">
              {messageOf(error)}
            </Alert>
          )}
          <TextInput
            label="Name"
            placeholder="Disk full"
            maxLength={100}
            data-autofocus
            {...form.getInputProps("name")}
          />
          <Checkbox
            label="Reporters use it as well"
            description="Team and hidden fields are left out for them."
            {...form.getInputProps("for_reporters", { type: "checkbox" })}
          />
          <TextInput
            label="Title"
            placeholder="Left open"
            maxLength={200}
            {...form.getInputProps("title")}
          />
          <Textarea
            label="Description"
            placeholder="Questions that have to be answered, in Markdown"
            autosize
            minRows={4}
            maxRows={12}
            {...form.getInputProps("description")}
          />
          <Select
            label="Priority"
            placeholder="Left open"
            clearable
            clearButtonProps={{ "aria-label": "Leave the priority open" }}
            data={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
            {...inside}
            {...form.getInputProps("priority")}
          />
          <TeamSelect
            label="Team"
            {...inside}
            value={form.values.team}
            onChange={(team) => form.setFieldValue("team", team)}
            error={form.errors.team_id}
          />
          <TagsInput
            label="Tags"
            placeholder="Type and press Enter"
            maxTags={20}
            {...inside}
            {...form.getInputProps("tags")}
          />
          {activeOf(data).map((field) => (
            <FieldInput
              key={field.key}
              field={field}
              value={form.values.fields[field.key]}
              onChange={(value) =>
                form.setFieldValue("fields", (all) => ({ ...all, [field.key]: value }))
              }
              error={form.errors[`fields.${field.key}`]}
              {...inside}
            />
          ))}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending || change.isPending}>
              {template ? "Save" : "Add template"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
