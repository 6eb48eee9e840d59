/** What is being typed in a comment that can be completed. Pure. */

export type Typed = {
  kind: "person" | "reply";
  /** What was typed of it. */
  word: string;
  /** Where it begins, with its `@` or `/`. */
  start: number;
};

const REPLY = /(?:^|\n)\/([^\n/]{0,60})$/;
// A first name and the beginning of the next.
const PERSON = /(?:^|[\s(])@([\p{L}\p{N}.'’_-]*(?: [\p{L}\p{N}.'’_-]*)?)$/u;

/** The `@name` or, at the beginning of a line, the `/title` that ends at the caret. */
export function typedAt(text: string, caret: number): Typed | null {
  const before = text.slice(0, caret);
  for (const [kind, pattern] of [
    ["reply", REPLY],
    ["person", PERSON],
  ] as const) {
    const word = pattern.exec(before)?.[1];
    if (word !== undefined)
      return { kind, word: word.trim(), start: caret - word.length - 1 };
  }
  return null;
}

/** A text in which what was typed up to the caret is replaced, and the caret's place. */
export function replaced(text: string, from: number, caret: number, by: string) {
  return {
    text: text.slice(0, from) + by + text.slice(caret),
    caret: from + by.length,
  };
}

/** A text with a `/` at the beginning of a line, from where a reply is chosen. */
export function withSlash(text: string, caret: number) {
  const alone = caret === 0 || text[caret - 1] === "\n";
  return replaced(text, caret, caret, alone ? "/" : "\n/");
}
