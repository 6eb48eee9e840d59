import "../../menu-styles";
import { Checkbox, Menu, Popover, Stack, TextInput } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import { organizationsQuery, teamsQuery, usersQuery } from "../accounts/queries";
import { CreatedFilter } from "./CreatedFilter";
import { ASSIGNEE_WORDS, Bar, Chip, type FilterId, SortButton } from "./FilterBar";
import {
  type Filters,
  join,
  PRIORITIES,
  PRIORITY_WORDS,
  SLA_FILTERS,
  SLA_WORDS,
  SORT_WORDS,
  SORTS,
  STATUS_WORDS,
  STATUSES,
  split,
} from "./filters";

type Props = {
  filters: Filters;
  onChange: (filters: Filters) => void;
  /** The menu that was asked for while this was loading. */
  first: FilterId | null;
};

/** The chips with their menus. */
export default function FilterMenus({ filters, onChange, first }: Props) {
  const agent = isAtLeast(useUser(), "agent");
  const field = (id: keyof Filters & FilterId) => ({
    value: filters[id],
    onChange: (value: string | undefined) => onChange({ ...filters, [id]: value }),
    opened: first === id,
  });
  return (
    <Bar
      filters={filters}
      onChange={onChange}
      sort={
        <SortMenu filters={filters} onChange={onChange} opened={first === "sort"} />
      }
    >
      <Choice
        label="Status"
        {...field("status")}
        options={STATUSES.map((v) => ({ value: v, label: STATUS_WORDS[v] }))}
      />
      <Choice
        label="Priority"
        {...field("priority")}
        options={PRIORITIES.map((v) => ({ value: v, label: PRIORITY_WORDS[v] }))}
      />
      <Choice
        label="SLA"
        {...field("sla")}
        options={SLA_FILTERS.map((v) => ({ value: v, label: SLA_WORDS[v] }))}
      />
      {agent && (
        <>
          <AssigneeFilter {...field("assignee")} />
          <TeamFilter {...field("team")} />
          <OrganizationFilter {...field("organization")} />
        </>
      )}
      <TagFilter {...field("tag")} />
      <CreatedFilter {...field("created")} />
    </Bar>
  );
}

type SortMenuProps = Omit<Props, "first"> & { opened: boolean };

function SortMenu({ filters, onChange, opened }: SortMenuProps) {
  return (
    <Menu position="bottom-end" shadow="md" defaultOpened={opened}>
      <Menu.Target>
        <SortButton filters={filters} />
      </Menu.Target>
      <Menu.Dropdown>
        {SORTS.map((sort) => (
          <Menu.Item
            key={sort}
            onClick={() => onChange({ ...filters, sort })}
            rightSection={
              sort === (filters.sort ?? (filters.q ? null : "next_deadline")) && (
                <IconCheck size={14} aria-label="chosen" />
              )
            }
          >
            {SORT_WORDS[sort]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

type FieldProps = {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  opened: boolean;
};
type ChoiceProps = FieldProps & {
  label: string;
  options: { value: string; label: string }[];
};

function Choice({ label, value, options, onChange, opened }: ChoiceProps) {
  const chosen = split(value);
  const words = chosen.map((v) => options.find((o) => o.value === v)?.label ?? "…");
  return (
    <Popover
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      defaultOpened={opened}
    >
      <Popover.Target>
        <Chip label={label} words={words} />
      </Popover.Target>
      <Popover.Dropdown mah={320} style={{ overflow: "auto" }}>
        <Checkbox.Group
          label={label}
          value={chosen}
          onChange={(values) => onChange(join(values))}
        >
          <Stack gap={10} mt={8}>
            {options.map((o) => (
              <Checkbox key={o.value} value={o.value} label={o.label} />
            ))}
          </Stack>
        </Checkbox.Group>
        {options.length === 0 && <p className="dim">There is none yet.</p>}
      </Popover.Dropdown>
    </Popover>
  );
}

function AssigneeFilter(props: FieldProps) {
  const { data } = useQuery(usersQuery());
  const options = [
    ...Object.entries(ASSIGNEE_WORDS).map(([value, label]) => ({ value, label })),
    ...(data?.items ?? [])
      .filter((u) => u.role !== "reporter")
      .map((u) => ({ value: u.id, label: u.name })),
  ];
  return <Choice label="Assignee" options={options} {...props} />;
}

function TeamFilter(props: FieldProps) {
  const { data = [] } = useQuery(teamsQuery);
  const options = [
    { value: "none", label: "No team" },
    ...data.map((t) => ({ value: t.id, label: t.name })),
  ];
  return <Choice label="Team" options={options} {...props} />;
}

function OrganizationFilter(props: FieldProps) {
  const { data } = useQuery(organizationsQuery());
  const options = (data?.items ?? []).map((o) => ({ value: o.id, label: o.name }));
  return <Choice label="Organization" options={options} {...props} />;
}

function TagFilter({ value, onChange, opened }: FieldProps) {
  const [text, setText] = useState(value ?? "");
  const [open, setOpen] = useState(opened);
  const tags = () =>
    text
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
  return (
    <Popover
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      opened={open}
      onChange={setOpen}
    >
      <Popover.Target>
        <Chip label="Tag" words={split(value)} onClick={() => setOpen((o) => !o)} />
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onChange(join(tags()));
            setOpen(false);
          }}
        >
          <TextInput
            label="Tags"
            description="Separate several with commas, then press Enter"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-autofocus
          />
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
