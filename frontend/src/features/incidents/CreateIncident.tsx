import "../../extra-styles";
import {
  Alert,
  Button,
  Group,
  Modal,
  Select,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { randomId, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import { isAtLeast, useUser } from "../../api/useSession";
import { toastDone } from "../../ui/toast";
import { OrganizationSelect } from "../accounts/OrganizationSelect";
import { FieldInput } from "../fields/FieldInput";
import { fieldsQuery } from "../fields/queries";
import { templatesQuery } from "../templates/queries";
import classes from "./CreateIncident.module.css";
import { bodyOf, EMPTY, filledIn, type NewIncident, offered, shownIn } from "./create";
import { useCreateIncident } from "./mutations";
import { AssigneeSelect, TeamSelect } from "./PeopleSelect";
import { PriorityPicker } from "./PriorityPicker";

const inside = { comboboxProps: { withinPortal: false } } as const;

type Props = {
  /** The template to begin with. */
  templateId?: string;
  onClose: () => void;
};

export default function CreateIncident({ templateId, onClose }: Props) {
  const agent = isAtLeast(useUser(), "agent");
  const phone = useMediaQuery("(max-width: 700px)");
  const navigate = useNavigate();
  const create = useCreateIncident();
  const { data: fields } = useQuery(fieldsQuery);
  const { data: templates = [] } = useQuery(templatesQuery);
  const form = useForm<NewIncident>({ initialValues: EMPTY });
  const [chosen, setChosen] = useState<string | null>(null);
  // One key for one form: pressing twice, or again after a lost answer, makes one incident.
  const [key, setKey] = useState(() => randomId());

  const begin = (id: string | null) => {
    setChosen(id);
    const template = templates.find((t) => t.id === id);
    if (template) form.setValues(filledIn(form.getValues(), template));
  };
  const wanted = templates.find((t) => t.id === templateId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is known
  useEffect(() => begin(wanted?.id ?? null), [wanted?.id]);

  const submit = form.onSubmit((values) =>
    create.mutate(
      { key, body: bodyOf(values, agent) },
      {
        onSuccess: (incident) => {
          onClose();
          toastDone(`${incident.number} created`);
          void navigate({
            to: "/incidents/$number",
            params: { number: incident.number },
          });
        },
        onError: (error) => {
          if (!(error instanceof ApiError) || error.status === 0) return;
          // The server has answered: what is sent next is another request.
          setKey(randomId());
          form.setErrors(error.fields);
        },
      },
    ),
  );

  const fieldless =
    create.error &&
    !(create.error instanceof ApiError && Object.keys(create.error.fields).length > 0);
  return (
    <Modal opened onClose={onClose} title="New incident" size="lg" fullScreen={phone}>
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {fieldless && (
            <Alert color="red" role="alert" title="The incident was not created">
              {messageOf(create.error)}
            </Alert>
          )}
          {templates.length > 0 && (
            <Select
              label="Template"
              placeholder="None"
              searchable
              clearable
              clearButtonProps={{ "aria-label": "Take no template" }}
              nothingFoundMessage="No such template"
              data={templates.map((t) => ({ value: t.id, label: t.name }))}
              value={chosen}
              onChange={begin}
              {...inside}
            />
          )}
          <TextInput
            label="Title"
            placeholder="What is broken, and where"
            data-autofocus
            required
            withAsterisk={false}
            maxLength={200}
            {...form.getInputProps("title")}
          />
          <Textarea
            label="Description"
            placeholder="What happened, since when, who is affected"
            autosize
            minRows={4}
            maxRows={12}
            {...form.getInputProps("description")}
          />
          <PriorityPicker
            value={form.values.priority}
            onChange={(priority) => form.setFieldValue("priority", priority)}
          />
          <div className={classes.fields}>
            {offered(fields, form.values).map((field) => (
              <FieldInput
                key={field.key}
                field={field}
                value={shownIn(form.values, field)}
                onChange={(value) =>
                  form.setFieldValue("fields", (all) => ({
                    ...all,
                    [field.key]: value,
                  }))
                }
                required={field.required === "created"}
                error={form.errors[`fields.${field.key}`]}
                {...inside}
              />
            ))}
          </div>
          {agent && (
            <>
              <Group grow align="flex-start" gap="md">
                <AssigneeSelect
                  label="Assignee"
                  {...inside}
                  value={form.values.assignee}
                  onChange={(assignee) => form.setFieldValue("assignee", assignee)}
                  error={form.errors.assignee_id}
                />
                <TeamSelect
                  label="Team"
                  {...inside}
                  value={form.values.team}
                  onChange={(team) => form.setFieldValue("team", team)}
                  error={form.errors.team_id}
                />
              </Group>
              <OrganizationSelect
                {...inside}
                description="Left open, it is the reporter's."
                value={form.values.organization}
                onChange={(to) => form.setFieldValue("organization", to)}
                error={form.errors.organization_id}
              />
            </>
          )}
          <TagsInput
            label="Tags"
            placeholder="Type and press Enter"
            maxTags={20}
            {...inside}
            {...form.getInputProps("tags")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create incident
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
