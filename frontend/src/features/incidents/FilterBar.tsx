import { Checkbox, Menu, Popover, Stack, TextInput } from "@mantine/core";
import { IconArrowsSort, IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import { teamsQuery, usersQuery } from "../accounts/queries";
import {
  type Filters,
  hasFilters,
  join,
  PRIORITIES,
  PRIORITY_WORDS,
  SLA_FILTERS,
  SLA_WORDS,
  SORT_WORDS,
  SORTS,
  type Sort,
  STATUS_WORDS,
  STATUSES,
  split,
} from "./filters";
import classes from "./Queue.module.css";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** The filters as chips; what they hold is in the URL. */
export function FilterBar({ filters, onChange }: Props) {
  const agent = isAtLeast(useUser(), "agent");
  const set = (key: keyof Filters) => (value: string | undefined) =>
    onChange({ ...filters, [key]: value });
  return (
    <div className={classes.filters} role="toolbar" aria-label="Filters">
      <Choice
        label="Status"
        value={filters.status}
        onChange={set("status")}
        options={STATUSES.map((v) => ({ value: v, label: STATUS_WORDS[v] }))}
      />
      <Choice
        label="Priority"
        value={filters.priority}
        onChange={set("priority")}
        options={PRIORITIES.map((v) => ({ value: v, label: PRIORITY_WORDS[v] }))}
      />
      <Choice
        label="SLA"
        value={filters.sla}
        onChange={set("sla")}
        options={SLA_FILTERS.map((v) => ({ value: v, label: SLA_WORDS[v] }))}
      />
      {agent && (
        <>
          <AssigneeFilter value={filters.assignee} onChange={set("assignee")} />
          <TeamFilter value={filters.team} onChange={set("team")} />
        </>
      )}
      <TagFilter value={filters.tag} onChange={set("tag")} />
      {hasFilters(filters) && (
        <button type="button" className={classes.clear} onClick={() => onChange({})}>
          Clear
        </button>
      )}
      <SortMenu
        value={filters.sort ?? "next_deadline"}
        onChange={(sort) => onChange({ ...filters, sort })}
      />
    </div>
  );
}

function SortMenu({
  value,
  onChange,
}: {
  value: Sort;
  onChange: (sort: Sort) => void;
}) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <button type="button" className={classes.sort}>
          <IconArrowsSort size={14} aria-hidden />
          <span className="sr-only">Sort by </span>
          {SORT_WORDS[value]}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {SORTS.map((sort) => (
          <Menu.Item
            key={sort}
            onClick={() => onChange(sort)}
            rightSection={sort === value && <IconCheck size={14} aria-label="chosen" />}
          >
            {SORT_WORDS[sort]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

type Option = { value: string; label: string };
type ChoiceProps = {
  label: string;
  value: string | undefined;
  options: Option[];
  onChange: (value: string | undefined) => void;
  onOpen?: () => void;
};

function Choice({ label, value, options, onChange, onOpen }: ChoiceProps) {
  const chosen = split(value);
  const words = options.filter((o) => chosen.includes(o.value)).map((o) => o.label);
  return (
    <Popover position="bottom-start" shadow="md" trapFocus returnFocus onOpen={onOpen}>
      <Popover.Target>
        <button
          type="button"
          className={`${classes.chip} ${chosen.length ? classes.chipOn : ""}`}
        >
          <span>
            {label}
            {chosen.length > 0 && `: ${words.join(", ") || chosen.length}`}
          </span>
          <IconChevronDown size={14} aria-hidden />
        </button>
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
      </Popover.Dropdown>
    </Popover>
  );
}

type FieldProps = Pick<ChoiceProps, "value" | "onChange">;

function AssigneeFilter({ value, onChange }: FieldProps) {
  const [wanted, setWanted] = useState(false);
  const named = split(value).some((v) => v !== "me" && v !== "none");
  const { data } = useQuery({ ...usersQuery(), enabled: wanted || named });
  const options = [
    { value: "me", label: "Me" },
    { value: "none", label: "Nobody" },
    ...(data?.items ?? [])
      .filter((u) => u.role !== "reporter")
      .map((u) => ({ value: u.id, label: u.name })),
  ];
  return (
    <Choice
      label="Assignee"
      value={value}
      options={options}
      onChange={onChange}
      onOpen={() => setWanted(true)}
    />
  );
}

function TeamFilter({ value, onChange }: FieldProps) {
  const [wanted, setWanted] = useState(false);
  const { data = [] } = useQuery({ ...teamsQuery, enabled: wanted || !!value });
  if (wanted && data.length === 0) return null;
  return (
    <Choice
      label="Team"
      value={value}
      options={data.map((t) => ({ value: t.id, label: t.name }))}
      onChange={onChange}
      onOpen={() => setWanted(true)}
    />
  );
}

function TagFilter({ value, onChange }: FieldProps) {
  const [text, setText] = useState(value ?? "");
  return (
    <Popover
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
      onOpen={() => setText(value ?? "")}
    >
      <Popover.Target>
        <button
          type="button"
          className={`${classes.chip} ${value ? classes.chipOn : ""}`}
        >
          <span>{value ? `Tag: ${value}` : "Tag"}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onChange(
              join(
                text
                  .split(",")
                  .map((t) => t.trim())
                  .filter(Boolean),
              ),
            );
          }}
        >
          <TextInput
            label="Tags"
            description="Separate several with commas, then press Enter"
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            data-autofocus
          />
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
