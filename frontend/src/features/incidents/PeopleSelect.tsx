import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { UserRef } from "../../api/types";
import { teamsQuery, usersQuery } from "../accounts/queries";

type Props = Omit<SelectProps<string>, "data" | "value" | "onChange" | "searchable"> & {
  value: UserRef | null;
  onChange: (value: UserRef | null) => void;
};

/** Picks somebody who can work on incidents; the server searches, not the page. */
export function AssigneeSelect({ value, onChange, ...props }: Props) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text === value?.name ? "" : text.trim(), 150);
  const { data } = useQuery(usersQuery(q));
  const people = (data?.items ?? []).filter((u) => u.role !== "reporter");
  const known =
    value && !people.some((p) => p.id === value.id) ? [value, ...people] : people;
  return (
    <Select
      {...props}
      searchable
      clearable
      nothingFoundMessage="Nobody found"
      clearButtonProps={{ "aria-label": "Take the assignee away" }}
      placeholder="Unassigned"
      data={known.map((p) => ({ value: p.id, label: p.name }))}
      filter={({ options }) => options}
      value={value?.id ?? null}
      onSearchChange={setText}
      onChange={(id) => onChange(known.find((p) => p.id === id) ?? null)}
    />
  );
}

export function TeamSelect({ value, onChange, ...props }: Props) {
  const { data = [] } = useQuery(teamsQuery);
  const known = value && !data.some((t) => t.id === value.id) ? [value, ...data] : data;
  return (
    <Select
      placeholder="No team"
      {...props}
      searchable
      clearable
      nothingFoundMessage="No such team"
      clearButtonProps={{ "aria-label": "Take the team away" }}
      data={known.map((t) => ({ value: t.id, label: t.name }))}
      value={value?.id ?? null}
      onChange={(id) => onChange(known.find((t) => t.id === id) ?? null)}
    />
  );
}
