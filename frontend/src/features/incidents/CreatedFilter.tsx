import { Button, Group, Popover, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Chip } from "./FilterBar";
import { daysOf, PERIODS, periodOf, periodWords } from "./periods";

type Props = {
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  opened: boolean;
};

/** When incidents were created: a stretch up to now, or days. */
export function CreatedFilter({ value, onChange, opened }: Props) {
  const [open, setOpen] = useState(opened);
  const choose = (next: string | undefined) => {
    onChange(next);
    setOpen(false);
  };
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
        <Chip
          label="Created"
          words={value ? [periodWords(value)] : []}
          onClick={() => setOpen((o) => !o)}
        />
      </Popover.Target>
      <Popover.Dropdown aria-label="Created">
        <Stack gap="xs">
          <Group gap={6} maw={300}>
            {[undefined, ...PERIODS].map((period) => (
              <Button
                key={period ?? "any"}
                size="compact-sm"
                variant={period === value ? "light" : "default"}
                aria-pressed={period === value}
                onClick={() => choose(period)}
              >
                {period ? periodWords(period) : "Any time"}
              </Button>
            ))}
          </Group>
          <Days key={value} value={value} choose={choose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

type DaysProps = { value: string | undefined; choose: (next: string) => void };

function Days({ value, choose }: DaysProps) {
  const days = value ? daysOf(value) : null;
  const [from, setFrom] = useState(days?.from ?? "");
  const [to, setTo] = useState(days?.to ?? "");
  const turned = from !== "" && to !== "" && from > to;
  const period = periodOf(from || undefined, to || undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (period && !turned) choose(period);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          type="date"
          label="From"
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="To"
          description="With this day, in the time zone of your profile"
          error={turned && "This day is before the first one"}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!period || turned}>
          Show these days
        </Button>
      </Stack>
    </form>
  );
}
