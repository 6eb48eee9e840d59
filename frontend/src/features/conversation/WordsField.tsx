import { plural, t } from "@lingui/core/macro";
import { Textarea, type TextareaProps } from "@mantine/core";
import {
  type KeyboardEvent,
  type Ref,
  useId,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import type { IncidentDetail } from "../../api/types";
import { replaced, typedAt, withSlash } from "./completion";
import type { Draft } from "./mentions";
import { useOptions } from "./useOptions";
import classes from "./WordsField.module.css";

export type WordsHandle = {
  /** Offers the canned replies where the caret is. */
  offerReplies: () => void;
  /** Puts words where the caret is. */
  insert: (words: string) => void;
  /** Changes words and leaves the caret where somebody goes on writing. */
  replace: (words: string, by: string) => void;
};

type Props = Omit<TextareaProps, "value" | "onChange" | "ref"> & {
  ref?: Ref<WordsHandle>;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  incident: IncidentDetail;
  internal: boolean;
};

/**
 * Where comments are written: `@` completes people, `/` at the beginning of a line
 * canned replies. It stays a text box of several lines, which names the active option.
 */
export function WordsField({
  ref,
  draft,
  onDraft,
  incident,
  internal,
  onKeyDown,
  ...props
}: Props) {
  const input = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const [caret, setCaret] = useState(0);
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const typed = open ? typedAt(draft.text, caret) : null;
  const { options, none } = useOptions(typed, incident, internal);
  const shown = options.length > 0;

  const change = (next: Draft, at: number, opened = true) => {
    onDraft(next);
    setCaret(at);
    setActive(0);
    setOpen(opened);
  };
  const moveCaret = (at: number) =>
    // Once the new text has been drawn.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(at, at);
    });
  const insert = (index: number) => {
    const option = options[index];
    if (!option || !typed) return;
    const taken = option.take(draft);
    const next = replaced(draft.text, typed.start, caret, taken.insert);
    change({ text: next.text, people: taken.people }, next.caret, false);
    moveCaret(next.caret);
  };
  useImperativeHandle(ref, () => ({
    offerReplies: () => {
      const at = input.current?.selectionEnd ?? draft.text.length;
      const next = withSlash(draft.text, at);
      change({ ...draft, text: next.text }, next.caret);
      moveCaret(next.caret);
    },
    insert: (words) => {
      const box = input.current;
      if (!box) return;
      box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
      change({ ...draft, text: box.value }, box.selectionEnd, false);
    },
    replace: (words, by) => {
      const box = input.current;
      const at = box?.value.indexOf(words) ?? -1;
      if (!box || at < 0) return;
      box.setRangeText(by, at, at + words.length, "preserve");
      change({ ...draft, text: box.value }, box.selectionEnd, false);
    },
  }));

  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!shown || !plain) return onKeyDown?.(event);
    if (by) setActive((active + by + options.length) % options.length);
    else if (event.key === "Enter") insert(active);
    else if (event.key === "Escape") setOpen(false);
    else return onKeyDown?.(event);
    event.preventDefault();
  };

  return (
    <div className={classes.field}>
      <Textarea
        {...props}
        ref={input}
        autosize
        aria-autocomplete="list"
        aria-controls={shown ? listId : undefined}
        aria-activedescendant={shown ? `${listId}-${active}` : undefined}
        value={draft.text}
        onChange={({ currentTarget }) =>
          change({ ...draft, text: currentTarget.value }, currentTarget.selectionEnd)
        }
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionEnd)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      {shown && (
        <div
          id={listId}
          role="listbox"
          aria-label={typed?.kind === "person" ? t`People` : t`Canned replies`}
          className={classes.list}
        >
          {options.map((option, index) => (
            // The keyboard stays in the field, which names the active option.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            // biome-ignore lint/a11y/useFocusableInteractive: see above
            <div
              key={option.key}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              className={classes.option}
              onMouseMove={() => setActive(index)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => insert(index)}
            >
              <span className={classes.label}>{option.label}</span>
              {option.hint && <span className="dim">{option.hint}</span>}
            </div>
          ))}
        </div>
      )}
      {none && (
        <p className={classes.none}>{t`There is no canned reply for you yet.`}</p>
      )}
      <span role="status" className="sr-only">
        {shown &&
          plural(options.length, {
            one: "# suggestion. Arrow keys choose, Enter inserts.",
            other: "# suggestions. Arrow keys choose, Enter inserts.",
          })}
      </span>
    </div>
  );
}
