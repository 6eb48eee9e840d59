import "../../extra-styles";
import { Alert, Button, Group, Modal, Stack, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { FieldValue, IncidentDetail } from "../../api/types";
import { FieldInput } from "../fields/FieldInput";
import { askedToResolve } from "../fields/fields";
import { fieldsQuery } from "../fields/queries";
import { useTransition } from "./mutations";

const WORDS = {
  resolve: {
    verb: "Resolve",
    failure: "Not resolved",
    label: "Comment for the reporter (optional)",
    hint: "The resolution clock stops now. A response that nobody gave stops with it.",
  },
  reopen: {
    verb: "Reopen",
    failure: "Not reopened",
    label: "Why it is not solved (optional)",
    hint: "The resolution clock runs on with the time that was left.",
  },
};

type Props = {
  step: keyof typeof WORDS;
  incident: IncidentDetail;
  onDone: () => void;
  onClose: () => void;
};

/** Asks for what a step is to say, and for the fields without which it is refused. */
export default function StepDialog({ step, incident, onDone, onClose }: Props) {
  const words = WORDS[step];
  const [text, setText] = useState("");
  const [values, setValues] = useState<Record<string, FieldValue>>({});
  const { data: fields } = useQuery(fieldsQuery);
  const transition = useTransition(incident.number);
  const refused = transition.error instanceof ApiError ? transition.error.fields : {};
  const needed =
    step === "resolve" ? askedToResolve(fields, incident.fields, values) : [];
  const isBeside = needed.some(({ key }) => refused[`fields.${key}`]);

  const submit = () =>
    transition.mutate(
      step === "resolve"
        ? { action: step, comment: text.trim(), fields: values }
        : { action: step, reason: text.trim() },
      {
        onSuccess: () => {
          onClose();
          onDone();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title={`${words.verb} ${incident.number}`}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {transition.isError && !isBeside && (
            <Alert color="red" role="alert" title={words.failure}>
              {messageOf(transition.error)}
            </Alert>
          )}
          {needed.map((field) => (
            <FieldInput
              key={field.key}
              field={field}
              required
              comboboxProps={{ withinPortal: false }}
              value={values[field.key] ?? incident.fields[field.key]}
              onChange={(value) => setValues({ ...values, [field.key]: value })}
              error={refused[`fields.${field.key}`]}
            />
          ))}
          <Textarea
            label={words.label}
            description={words.hint}
            autosize
            minRows={3}
            data-autofocus
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </Stack>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={transition.isPending}>
            {words.verb}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
