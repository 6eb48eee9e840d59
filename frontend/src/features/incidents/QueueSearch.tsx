import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import { type Filters, sameFilters } from "./filters";
import classes from "./QueueSearch.module.css";
import { complete, parseQuery, printQuery, valueAt } from "./query";
import { useNames } from "./useNames";

type Props = { filters: Filters; onChange: (filters: Filters) => void };

const WRITES_AFTER_MS = 250;

/** The filters as text, with completion; what is typed is written to the URL. */
export function QueueSearch({ filters, onChange }: Props) {
  const isAgent = isAtLeast(useUser(), "agent");
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [problem, setProblem] = useState<string>();

  const typed = draft === null ? null : valueAt(draft, caret);
  const hasNames = !!(filters.assignee || filters.team || filters.organization);
  const names = useNames(
    hasNames || draft !== null,
    typed?.key === "assignee" ? typed.word : "",
  );
  const text = draft ?? printQuery(filters, names);
  const { start, end, options } = complete(text, caret, names, isAgent);
  const shown = open && options.length > 0;

  const written = useRef(filters);
  const write = (query: string) => {
    const { filters: read, problems } = parseQuery(query, names);
    setProblem(problems[0]?.message);
    if (problems.length) return false;
    const next = { ...read, sort: filters.sort };
    if (sameFilters(next, filters)) return true;
    written.current = next;
    onChange(next);
    return true;
  };
  const writeSoon = useDebouncedCallback((query: string) => {
    // A word that is not finished is not wrong yet.
    if (parseQuery(query, names).problems.length === 0) write(query);
  }, WRITES_AFTER_MS);

  // Filters that came from elsewhere (a chip, a view) replace what was being typed.
  useEffect(() => {
    if (sameFilters(filters, written.current)) return;
    written.current = filters;
    writeSoon.cancel();
    setDraft(null);
    setProblem(undefined);
  }, [filters, writeSoon]);

  const change = (next: string, at: number) => {
    setDraft(next);
    setCaret(at);
    setActive(-1);
    setOpen(true);
    setProblem(undefined);
    writeSoon(next);
  };
  const insert = (index: number) => {
    const option = options[index];
    if (!option) return;
    const at = start + option.insert.length;
    change(text.slice(0, start) + option.insert + text.slice(end), at);
    // A key is followed by its values; a value is complete.
    setOpen(option.insert.endsWith(":"));
    // The caret follows once the new text has been drawn.
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
  };
  const leave = () => {
    setOpen(false);
    writeSoon.cancel();
    if (draft !== null && write(draft)) setDraft(null);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      setOpen(true);
      const from = shown ? active : -1;
      const count = options.length + 1;
      setActive(((from + 1 + by + count) % count) - 1);
    } else if (event.key === "Enter" && shown && active >= 0) insert(active);
    else if (event.key === "Enter") {
      setOpen(false);
      writeSoon.cancel();
      write(text);
    } else if (event.key === "Escape" && shown) setOpen(false);
    else if (event.key === "Escape") input.current?.blur();
    else return;
    event.preventDefault();
  };

  return (
    <search className={classes.search}>
      <TextInput
        id="queue-search"
        ref={input}
        role="combobox"
        aria-label="Search the queue"
        aria-autocomplete="list"
        aria-expanded={shown}
        aria-controls={shown ? listId : undefined}
        aria-activedescendant={shown && active >= 0 ? `${listId}-${active}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder="Search, or status:open assignee:me  /"
        error={problem}
        leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
        rightSection={
          text && (
            <CloseButton
              size="sm"
              aria-label="Clear the search"
              onClick={() => {
                change("", 0);
                input.current?.focus();
              }}
            />
          )
        }
        value={text}
        onChange={({ currentTarget }) =>
          change(currentTarget.value, currentTarget.selectionStart ?? 0)
        }
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart ?? 0)}
        onFocus={() => setDraft(text)}
        onClick={() => setOpen(true)}
        onBlur={leave}
        onKeyDown={onKeyDown}
      />
      {shown && (
        <div
          id={listId}
          role="listbox"
          aria-label="Completions"
          className={classes.list}
        >
          {options.map((option, index) => (
            // The keyboard stays in the field, which names the active option.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            // biome-ignore lint/a11y/useFocusableInteractive: see above
            <div
              key={option.insert}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              className={classes.option}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => insert(index)}
            >
              {option.label}
              {option.hint && <span className="dim">{option.hint}</span>}
            </div>
          ))}
        </div>
      )}
    </search>
  );
}
