import { Select, type SelectProps } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OrganizationRef } from "../../api/types";
import { organizationsQuery } from "./queries";

type Props = Omit<SelectProps<string>, "data" | "value" | "onChange" | "searchable"> & {
  value: OrganizationRef | null;
  onChange: (value: OrganizationRef | null) => void;
};

/** Picks a customer; the server searches, as there may be many. */
export function OrganizationSelect({ value, onChange, ...props }: Props) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text === value?.name ? "" : text.trim(), 150);
  const { data } = useQuery(organizationsQuery(q));
  const found = data?.items ?? [];
  const known =
    value && !found.some((o) => o.id === value.id) ? [value, ...found] : found;
  return (
    <Select
      label="Organization"
      {...props}
      searchable
      clearable
      nothingFoundMessage="No such organization"
      clearButtonProps={{ "aria-label": "Take the organization away" }}
      placeholder="No organization"
      data={known.map((o) => ({ value: o.id, label: o.name }))}
      filter={({ options }) => options}
      value={value?.id ?? null}
      onSearchChange={setText}
      onChange={(id) => onChange(known.find((o) => o.id === id) ?? null)}
    />
  );
}
