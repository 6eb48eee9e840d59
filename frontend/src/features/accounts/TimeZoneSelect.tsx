import { Select, type SelectProps } from "@mantine/core";

const ZONES = [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

export function TimeZoneSelect(props: Omit<SelectProps<string>, "data">) {
  const known = props.value && !ZONES.includes(props.value) ? [props.value] : [];
  return (
    <Select
      label="Time zone"
      searchable
      allowDeselect={false}
      limit={50}
      nothingFoundMessage="No such zone"
      comboboxProps={{ withinPortal: false }}
      data={[...known, ...ZONES]}
      {...props}
    />
  );
}
