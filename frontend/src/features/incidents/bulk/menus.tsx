import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { BulkChange, UserRef } from "../../../api/types";
import { useUser } from "../../../api/useSession";
import { teamsQuery } from "../../accounts/queries";
import { pauseReasonsQuery } from "../../sla/queries";
import { PriorityBadge } from "../badges";
import { PRIORITIES, PRIORITY_WORDS } from "../filters";
import { AssigneeSelect } from "../PeopleSelect";

type Props = {
  numbers: string[];
  run: (change: BulkChange, verb: string, who?: UserRef | null) => void;
};

export function People({ run }: Props) {
  const user = useUser();
  const assign = (who: UserRef | null) =>
    run({ type: "assign", assignee_id: who?.id ?? null }, "assigned", who);
  return (
    <Stack gap="xs">
      <AssigneeSelect
        label="Assign to"
        placeholder="Name"
        data-autofocus
        comboboxProps={{ withinPortal: false }}
        value={null}
        onChange={(who) => who && assign(who)}
      />
      <Group gap="xs">
        {user && (
          <Button
            variant="default"
            onClick={() => assign({ id: user.id, name: user.name })}
          >
            Assign to me
          </Button>
        )}
        <Button
          variant="default"
          onClick={() => run({ type: "assign", assignee_id: null }, "unassigned", null)}
        >
          Unassign
        </Button>
      </Group>
    </Stack>
  );
}

export function Priorities({ run }: Props) {
  return (
    <Stack gap="xs">
      {PRIORITIES.map((priority, index) => (
        <Button
          key={priority}
          variant="default"
          justify="flex-start"
          aria-label={PRIORITY_WORDS[priority]}
          data-autofocus={index === 0 || undefined}
          onClick={() =>
            run({ type: "priority", priority, sla_mode: "retarget" }, "changed")
          }
        >
          <PriorityBadge priority={priority} />
        </Button>
      ))}
      <Text size="xs" c="dimmed" maw={220}>
        New deadlines count from when each incident began.
      </Text>
    </Stack>
  );
}

const STEPS = [
  ["acknowledge", "Acknowledge", "acknowledged"],
  ["resolve", "Resolve", "resolved"],
  ["close", "Close", "closed"],
  ["reopen", "Reopen", "reopened"],
] as const;

export function Steps({ run }: Props) {
  return (
    <Stack gap="xs">
      {STEPS.map(([step, label, verb], index) => (
        <Button
          key={step}
          variant="default"
          justify="flex-start"
          data-autofocus={index === 0 || undefined}
          onClick={() => run({ type: "step", step }, verb)}
        >
          {label}
        </Button>
      ))}
    </Stack>
  );
}

const TAG_LENGTH = 50;

export function Tags({ run }: Props) {
  const [text, setText] = useState("");
  const tags = text
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (tags.length > 0) run({ type: "add_tags", tags }, "tagged");
  };
  return (
    <form onSubmit={add}>
      <Stack gap="xs">
        <TextInput
          label="Tags"
          description="Several by comma"
          data-autofocus
          maxLength={TAG_LENGTH * 5}
          error={tags.some((tag) => tag.length > TAG_LENGTH) && "A tag is too long"}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" disabled={tags.length === 0}>
            Add
          </Button>
          <Button
            variant="default"
            disabled={tags.length === 0}
            onClick={() => run({ type: "remove_tags", tags }, "changed")}
          >
            Remove
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const NOTE_LENGTH = 500;

export function Clocks({ run }: Props) {
  const { data: reasons = [] } = useQuery(pauseReasonsQuery);
  const [reason, setReason] = useState<string | null>(null);
  const [note, setNote] = useState("");
  const active = reasons.filter((r) => r.is_active);
  const chosen = reason ?? active[0]?.code ?? null;
  const pause = (event: FormEvent) => {
    event.preventDefault();
    if (!chosen) return;
    run({ type: "pause", reason: chosen, note: note.trim() || null }, "paused");
  };
  return (
    <form onSubmit={pause}>
      <Stack gap="xs">
        <Select
          label="Reason"
          data-autofocus
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
          data={active.map((r) => ({ value: r.code, label: r.label }))}
          value={chosen}
          onChange={setReason}
        />
        <TextInput
          label="Note"
          description="Optional. Reporters do not see it."
          maxLength={NOTE_LENGTH}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit">Pause</Button>
          <Button variant="default" onClick={() => run({ type: "resume" }, "resumed")}>
            Resume
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function Teams({ run }: Props) {
  const { data: teams = [] } = useQuery(teamsQuery);
  return (
    <Stack gap="xs">
      <Select
        label="Give to the team"
        placeholder="Name"
        searchable
        data-autofocus
        comboboxProps={{ withinPortal: false }}
        nothingFoundMessage="There is no such team"
        data={teams.map(({ id, name }) => ({ value: id, label: name }))}
        value={null}
        onChange={(id) => {
          const team = teams.find((one) => one.id === id);
          if (team)
            run({ type: "team", team_id: team.id }, `given to ${team.name}`, team);
        }}
      />
      <Button
        variant="default"
        onClick={() => run({ type: "team", team_id: null }, "without a team", null)}
      >
        No team
      </Button>
    </Stack>
  );
}

const NAMED = 3;

export function Deletion({ run, numbers }: Props) {
  const more = numbers.length - NAMED;
  return (
    <Stack gap="xs" maw={260}>
      <Text size="sm">
        Delete {numbers.slice(0, NAMED).join(", ")}
        {more > 0 && ` and ${more} more`}? They leave every list and their clocks stop.
        You can undo this.
      </Text>
      <Button
        color="red.9"
        data-autofocus
        onClick={() => run({ type: "delete" }, "deleted")}
      >
        Delete
      </Button>
    </Stack>
  );
}
