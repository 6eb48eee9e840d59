import "../../extra-styles";
import {
  Alert,
  Button,
  Group,
  Modal,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { randomId, useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { Priority, UserRef } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { toastDone } from "../../ui/toast";
import { useCreateIncident } from "./mutations";
import { AssigneeSelect, TeamSelect } from "./PeopleSelect";
import { PriorityPicker } from "./PriorityPicker";

type Values = {
  title: string;
  description: string;
  priority: Priority;
  tags: string[];
  assignee: UserRef | null;
  team: UserRef | null;
};

const EMPTY: Values = {
  title: "",
  description: "",
  priority: "medium",
  tags: [],
  assignee: null,
  team: null,
};

export default function CreateIncident({ onClose }: { onClose: () => void }) {
  const agent = isAtLeast(useUser(), "agent");
  const phone = useMediaQuery("(max-width: 700px)");
  const navigate = useNavigate();
  const create = useCreateIncident();
  const form = useForm<Values>({ initialValues: EMPTY });
  // One key for one form: pressing twice, or again after a lost answer, makes one incident.
  const [key, setKey] = useState(() => randomId());

  const submit = form.onSubmit(({ assignee, team, ...values }) =>
    create.mutate(
      {
        key,
        body: {
          ...values,
          ...(agent
            ? { assignee_id: assignee?.id ?? null, team_id: team?.id ?? null }
            : {}),
        },
      },
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
          {agent && (
            <Group grow align="flex-start" gap="md">
              <AssigneeSelect
                label="Assignee"
                comboboxProps={{ withinPortal: false }}
                value={form.values.assignee}
                onChange={(assignee) => form.setFieldValue("assignee", assignee)}
                error={form.errors.assignee_id}
              />
              <TeamSelect
                label="Team"
                comboboxProps={{ withinPortal: false }}
                value={form.values.team}
                onChange={(team) => form.setFieldValue("team", team)}
                error={form.errors.team_id}
              />
            </Group>
          )}
          <TagsInput
            label="Tags"
            placeholder="Type and press Enter"
            comboboxProps={{ withinPortal: false }}
            maxTags={20}
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
