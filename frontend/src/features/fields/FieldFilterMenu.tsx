import "../../extra-styles";
import "../../menu-styles";
import { Popover, Stack } from "@mantine/core";
import { useState } from "react";
import type { CustomField, FieldValue } from "../../api/types";
import { Chip } from "../incidents/FilterBar";
import { type Filters, join, split } from "../incidents/filters";
import { FieldInput } from "./FieldInput";
import { isChoice, isTyped } from "./fields";

type Props = {
  fields: CustomField[];
  words: string[];
  filters: Filters;
  onChange: (filters: Filters) => void;
};

/** Custom fields to narrow the queue by. */
export default function FieldFilterMenu({ fields, words, filters, onChange }: Props) {
  return (
    <Popover
      position="bottom-start"
      shadow="md"
      width={300}
      trapFocus
      returnFocus
      defaultOpened
    >
      <Popover.Target>
        <Chip label="Fields" words={words} />
      </Popover.Target>
      <Popover.Dropdown mah={400} style={{ overflow: "auto" }}>
        <Stack gap="sm">
          {fields.map((field) => (
            <Wanted
              key={field.key}
              field={field}
              value={filters[`field.${field.key}`]}
              onChange={(value) =>
                onChange({ ...filters, [`field.${field.key}`]: value })
              }
            />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

type WantedProps = {
  field: CustomField;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
};

function Wanted({ field, value, onChange }: WantedProps) {
  const [draft, setDraft] = useState<FieldValue>();
  // Any of several is found, also where an incident has only one.
  const shape = {
    ...field,
    help: "",
    type: isChoice(field.type) ? ("choices" as const) : field.type,
  };
  const finish = () => {
    if (draft === undefined) return;
    onChange(written(draft));
    setDraft(undefined);
  };
  return (
    <FieldInput
      field={shape}
      comboboxProps={{ withinPortal: false }}
      value={draft === undefined ? read(field, value) : draft}
      onChange={(next) =>
        isTyped(field.type) ? setDraft(next) : onChange(written(next))
      }
      onBlur={finish}
      onKeyDown={(event) => {
        if (event.key === "Enter" && isTyped(field.type)) finish();
      }}
    />
  );
}

function read({ type }: CustomField, value: string | undefined): FieldValue {
  if (!value) return null;
  if (isChoice(type)) return split(value);
  if (type === "boolean") return ["yes", "true"].includes(value);
  return type === "number" ? Number(value) : value;
}

function written(value: FieldValue): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? join(value) : String(value).trim() || undefined;
}
