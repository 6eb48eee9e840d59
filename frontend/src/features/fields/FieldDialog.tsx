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
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { randomId } from "@mantine/hooks";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type {
  CustomField,
  FieldRequired,
  FieldType,
  FieldValue,
} from "../../api/types";
import { toastDone } from "../../ui/toast";
import { codeOf } from "../pauses/reasons";
import { FieldInput } from "./FieldInput";
import classes from "./Fields.module.css";
import { isChoice, REQUIRED_WORDS, TYPE_WORDS } from "./fields";
import { useAddField, useChangeField } from "./queries";

type Props = { field: CustomField | null; taken: string[]; onClose: () => void };

type Values = {
  name: string;
  key: string;
  type: FieldType;
  options: string[];
  required: FieldRequired;
  default: FieldValue;
  help: string;
  visible_to_reporters: boolean;
};

const EMPTY: Values = {
  name: "",
  key: "",
  type: "text",
  options: [],
  required: "never",
  default: null,
  help: "",
  visible_to_reporters: false,
};

const LONGEST_KEY = 40;
const choices = (words: Record<string, string>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));
const inside = { comboboxProps: { withinPortal: false } } as const;

/** Defines a field, or changes one; its key and type stay. */
export function FieldDialog({ field, taken, onClose }: Props) {
  const add = useAddField();
  const change = useChangeField();
  const error = add.error ?? change.error;
  const [requestKey, setRequestKey] = useState(() => randomId());
  const form = useForm<Values>({
    initialValues: field ? { ...EMPTY, ...field } : EMPTY,
  });
  const { values } = form;
  // Until somebody writes a key, it follows the name.
  const key =
    values.key || codeOf(values.name.slice(0, LONGEST_KEY - 4), taken, "field");

  const submit = form.onSubmit(({ type, key: _, ...body }) => {
    const options = isChoice(type) ? body.options : [];
    const handlers = {
      onSuccess: () => {
        onClose();
        toastDone(`${body.name} saved`);
      },
      onError: (e: Error) => {
        if (!(e instanceof ApiError)) return;
        setRequestKey(randomId());
        form.setErrors(e.fields);
      },
    };
    const { name, required, help, visible_to_reporters } = body;
    const common = {
      name,
      required,
      help,
      visible_to_reporters,
      default: body.default,
    };
    if (field)
      change.mutate(
        {
          key: field.key,
          version: field.version,
          body: { ...common, ...(isChoice(type) ? { options } : {}) },
        },
        handlers,
      );
    else
      add.mutate(
        { key: requestKey, body: { ...common, key, type, options } },
        handlers,
      );
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={field ? `Edit ${field.name}` : "New field"}
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
            placeholder="Region"
            maxLength={60}
            data-autofocus
            {...form.getInputProps("name")}
          />
          {!field && (
            <TextInput
              label="Key"
              description="For the API; it cannot be changed later."
              maxLength={LONGEST_KEY}
              {...form.getInputProps("key")}
              value={key}
            />
          )}
          <Select
            label="Type"
            description={field ? undefined : "It cannot be changed later."}
            disabled={!!field}
            allowDeselect={false}
            data={choices(TYPE_WORDS)}
            {...inside}
            {...form.getInputProps("type")}
            onChange={(type) =>
              form.setValues({ type: type as FieldType, default: null })
            }
          />
          {isChoice(values.type) && (
            <TagsInput
              label="Options"
              description="In the order in which they are offered. Incidents keep an option that is taken away."
              placeholder="Type one and press Enter"
              {...inside}
              {...form.getInputProps("options")}
            />
          )}
          <Select
            label="Required"
            allowDeselect={false}
            data={choices(REQUIRED_WORDS)}
            {...inside}
            {...form.getInputProps("required")}
          />
          <TextInput
            label="Help"
            placeholder="What to write here, in a few words"
            maxLength={300}
            {...form.getInputProps("help")}
          />
          <Checkbox
            label="Reporters see it"
            description="They fill it in with a new incident, and read it afterwards."
            {...form.getInputProps("visible_to_reporters", { type: "checkbox" })}
          />
          <fieldset className={classes.preview}>
            <legend>Preview; what you enter is the default</legend>
            <FieldInput
              field={{ ...values, name: values.name || "Name" }}
              value={values.default}
              onChange={(value) => form.setFieldValue("default", value)}
              error={form.errors.default}
              {...inside}
            />
          </fieldset>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending || change.isPending}>
              {field ? "Save" : "Add field"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
