import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { usersQuery } from "../accounts/queries";
import classes from "./Audit.module.css";
import { ACTION_WORDS, THING_WORDS } from "./words";

/** As in the address of the page. */
export type AuditSearch = {
  person?: string;
  action?: string;
  object?: string;
  id?: string;
  from?: string;
  to?: string;
};

type Props = {
  search: AuditSearch;
  onChange: (next: AuditSearch) => void;
  onClear?: () => void;
};

const options = (words: Record<string, string>) =>
  Object.entries(words).map(([value, word]) => ({
    value,
    label: word.charAt(0).toUpperCase() + word.slice(1),
  }));

/** Narrows the log by person, act, thing and period. */
export function AuditFilterBar({ search, onChange, onClear }: Props) {
  const { data } = useQuery(usersQuery("", false));
  const people = (data?.items ?? []).map((user) => ({
    value: user.id,
    label: user.name,
  }));
  const select = { clearable: true, searchable: true, placeholder: "All" } as const;
  return (
    <search className={classes.filters} aria-label="Filters">
      <Select
        {...select}
        label="Person"
        data={people}
        value={search.person ?? null}
        clearButtonProps={{ "aria-label": "All people" }}
        onChange={(person) => onChange({ person: person ?? undefined })}
      />
      <Select
        {...select}
        label="Action"
        data={options(ACTION_WORDS)}
        value={search.action ?? null}
        clearButtonProps={{ "aria-label": "All actions" }}
        onChange={(action) => onChange({ action: action ?? undefined })}
      />
      <Select
        {...select}
        label="Thing"
        data={options(THING_WORDS)}
        value={search.object ?? null}
        clearButtonProps={{ "aria-label": "All things" }}
        onChange={(object) => onChange({ object: object ?? undefined, id: undefined })}
      />
      <TextInput
        type="date"
        label="From"
        value={search.from ?? ""}
        max={search.to}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label="To"
        value={search.to ?? ""}
        min={search.from}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
      />
      {onClear && (
        <Button variant="subtle" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </search>
  );
}
