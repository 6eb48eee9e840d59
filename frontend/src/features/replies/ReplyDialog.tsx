import { Alert, Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useRef } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { CannedReply } from "../../api/types";
import { toastDone } from "../../ui/toast";
import { replaced } from "../conversation/completion";
import { Words } from "../conversation/Words";
import { TeamSelect } from "../incidents/PeopleSelect";
import { EXAMPLES, fill, NAMES, PLACEHOLDERS, unknownIn } from "./placeholders";
import { useSaveReply } from "./queries";
import classes from "./Replies.module.css";

type Props = { reply: CannedReply | null; onClose: () => void };

/** Writes a canned reply; beside it, how it reads on an incident. */
export function ReplyDialog({ reply, onClose }: Props) {
  const save = useSaveReply();
  const field = useRef<HTMLTextAreaElement>(null);
  const form = useForm({
    initialValues: {
      title: reply?.title ?? "",
      body: reply?.body ?? "",
      team: reply?.team ?? null,
    },
  });
  const { body, team } = form.values;
  const unknown = unknownIn(body);
  const insert = (name: string) => {
    const at = field.current?.selectionEnd ?? body.length;
    const next = replaced(body, at, at, `{{${name}}}`);
    form.setFieldValue("body", next.text);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const submit = form.onSubmit((values) =>
    save.mutate(
      {
        id: reply?.id,
        version: reply?.version,
        body: {
          title: values.title,
          body: values.body,
          team_id: values.team?.id ?? null,
        },
      },
      {
        onSuccess: () => {
          onClose();
          toastDone(`${values.title} saved`);
        },
        onError: (e) => {
          if (!(e instanceof ApiError)) return;
          const { team_id, ...fields } = e.fields;
          form.setErrors({ ...fields, ...(team_id ? { team: team_id } : {}) });
        },
      },
    ),
  );
  const shown = Object.keys(form.errors).length > 0;

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={reply ? `Edit ${reply.title}` : "New canned reply"}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {save.isError && !shown && (
            <Alert color="red" role="alert" title="Not saved">
              {messageOf(save.error)}
            </Alert>
          )}
          <TextInput
            label="Title"
            description="Agents find it by this."
            maxLength={100}
            data-autofocus
            {...form.getInputProps("title")}
          />
          <TeamSelect
            label="For"
            placeholder="Everybody"
            comboboxProps={{ withinPortal: false }}
            value={team}
            onChange={(value) => form.setFieldValue("team", value)}
            error={form.errors.team}
          />
          <Textarea
            ref={field}
            label="Words"
            description="Markdown. Insert what the incident fills in:"
            inputWrapperOrder={["label", "description", "input", "error"]}
            autosize
            minRows={5}
            maxRows={14}
            maxLength={10_000}
            {...form.getInputProps("body")}
          />
          <ul className={classes.placeholders} aria-label="Placeholders">
            {NAMES.map((name) => (
              <li key={name}>
                <button type="button" onClick={() => insert(name)}>
                  {PLACEHOLDERS[name].label} <code>{`{{${name}}}`}</code>
                </button>
              </li>
            ))}
          </ul>
          <section className={classes.preview} aria-label="Preview">
            {unknown.length > 0 && (
              <p className={classes.unknown} role="status">
                No such placeholder: {unknown.join(", ")}
              </p>
            )}
            {body.trim() ? (
              <Words text={fill(body, EXAMPLES)} />
            ) : (
              <span className="dim">How it reads, with an example.</span>
            )}
          </section>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              {reply ? "Save" : "Create reply"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
