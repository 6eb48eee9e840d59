import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import classes from "./Queue.module.css";

type Props = { value: string | undefined; onChange: (q: string | undefined) => void };

export function QueueSearch({ value = "", onChange }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const send = useDebouncedCallback(
    (q: string) => onChange(q.trim() || undefined),
    250,
  );
  const change = (q: string) => {
    setText(q);
    send(q);
  };
  return (
    <TextInput
      id="queue-search"
      className={classes.search}
      aria-label="Search the queue"
      placeholder="Search  /"
      leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
      rightSection={
        text && (
          <CloseButton
            size="sm"
            aria-label="Clear the search"
            onClick={() => change("")}
          />
        )
      }
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}
