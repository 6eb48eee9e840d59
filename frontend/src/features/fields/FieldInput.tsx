import "../../extra-styles";
import {
  ActionIcon,
  type ComboboxProps,
  MultiSelect,
  NumberInput,
  Select,
  TextInput,
} from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import type { KeyboardEvent, ReactNode } from "react";
import type { CustomField, FieldValue } from "../../api/types";

/** What of a field decides how it is entered. */
export type FieldShape = Pick<CustomField, "name" | "type" | "options" | "help">;

type Props = {
  field: FieldShape;
  value: FieldValue | undefined;
  onChange: (value: FieldValue) => void;
  onBlur?: () => void;
  onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
  required?: boolean;
  description?: ReactNode;
  error?: ReactNode;
  /** In a dialog the options stay inside it. */
  comboboxProps?: ComboboxProps;
};

const YES_NO = [
  { value: "yes", label: "Yes" },
  { value: "no", label: "No" },
];

/** The input of a custom field, by its type. */
export function FieldInput({ field, value, onChange, comboboxProps, ...rest }: Props) {
  const { name, type, options, help } = field;
  const props = { label: name, description: help || undefined, ...rest };
  const clear = {
    clearable: true,
    clearButtonProps: { "aria-label": `Clear ${name}` },
  };
  const text = typeof value === "string" ? value : "";
  switch (type) {
    case "number":
      return (
        <NumberInput
          {...props}
          hideControls
          inputMode="decimal"
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onChange(typeof next === "number" ? next : null)}
        />
      );
    case "boolean":
      return (
        <Select
          {...props}
          {...clear}
          comboboxProps={comboboxProps}
          placeholder="Not said"
          data={YES_NO}
          value={value === true ? "yes" : value === false ? "no" : null}
          onChange={(next) => onChange(next === null ? null : next === "yes")}
        />
      );
    case "choice":
      return (
        <Select
          {...props}
          {...clear}
          searchable
          comboboxProps={comboboxProps}
          placeholder="Not chosen"
          nothingFoundMessage="No such option"
          data={withKept(options, text ? [text] : [])}
          value={text || null}
          onChange={onChange}
        />
      );
    case "choices": {
      const chosen = Array.isArray(value) ? value : [];
      return (
        <MultiSelect
          {...props}
          {...clear}
          searchable
          comboboxProps={comboboxProps}
          placeholder={chosen.length ? "" : "None chosen"}
          nothingFoundMessage="No such option"
          data={withKept(options, chosen)}
          value={chosen}
          onChange={(next) => onChange(next.length ? next : null)}
        />
      );
    }
    default:
      return (
        <TextInput
          {...props}
          type={type === "date" ? "date" : type === "link" ? "url" : "text"}
          placeholder={type === "link" ? "https://" : undefined}
          maxLength={type === "link" ? 2000 : 500}
          rightSection={type === "link" && <OpenLink name={name} address={text} />}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      );
  }
}

/** Options that are gone can stay where they were chosen. */
function withKept(options: string[], chosen: string[]): string[] {
  return [...options, ...chosen.filter((option) => !options.includes(option))];
}

function OpenLink({ name, address }: { name: string; address: string }) {
  if (!/^https?:\/\/\S+$/.test(address)) return null;
  return (
    <ActionIcon
      component="a"
      href={address}
      target="_blank"
      rel="noreferrer noopener"
      variant="subtle"
      color="gray"
      aria-label={`Open ${name}`}
    >
      <IconExternalLink size={16} stroke={1.75} aria-hidden />
    </ActionIcon>
  );
}
