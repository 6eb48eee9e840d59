/** The queue's query language: `status:open priority:critical,high "disk full"`. */
import type { CustomField } from "../../api/types";
import {
  type FieldFilter,
  type Filters,
  fieldsOf,
  isField,
  join,
  PRIORITIES,
  PRIORITY_WORDS,
  SLA_FILTERS,
  SLA_WORDS,
  STATUS_WORDS,
  STATUSES,
  split,
} from "./filters";
import { isPeriod, PERIOD_HINT, PERIODS, periodWords } from "./periods";

export type Named = { id: string; name: string };
/** The people, teams and organizations whose names are known. */
export type Names = {
  assignee: Named[];
  team: Named[];
  organization: Named[];
  /** The custom fields; none until they are loaded, and then any key will do. */
  fields?: CustomField[];
};
export type Query = { filters: Filters; problems: Problem[] };
export type Problem = { start: number; end: number; message: string };
export type Option = { insert: string; label: string; hint?: string };
export type Completion = { start: number; end: number; options: Option[] };

type FixedKey =
  | "status"
  | "priority"
  | "sla"
  | "assignee"
  | "team"
  | "organization"
  | "tag"
  | "created";
type Key = FixedKey | FieldFilter;
type Value = { value: string; words: string[] };
type Token = { text: string; start: number; end: number };

export const NO_NAMES: Names = { assignee: [], team: [], organization: [] };

const KEYS: Record<FixedKey, string> = {
  status: "Status",
  priority: "Priority",
  sla: "SLA state",
  assignee: "Assignee",
  team: "Team",
  organization: "Organization",
  tag: "Tag",
  created: "Created",
};
const FOR_AGENTS: Key[] = ["assignee", "team", "organization"];
const MAX_OPTIONS = 8;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const fieldOf = (key: Key, names: Names) =>
  names.fields?.find((field) => `field.${field.key}` === key);

/** What a key is called. */
function nameOf(key: Key, names: Names): string {
  if (isField(key)) return fieldOf(key, names)?.name ?? key;
  return KEYS[key];
}

function fieldValues(field: CustomField | undefined): Value[] {
  if (field?.type === "boolean")
    return [
      { value: "yes", words: ["yes", "Yes", "true"] },
      { value: "no", words: ["no", "No", "false"] },
    ];
  return (field?.options ?? []).map((value) => ({ value, words: [value] }));
}

/** Values in the order in which they are offered; the first word is the one written. */
function valuesOf(key: Key, names: Names): Value[] {
  const fixed = (values: readonly string[], words: Record<string, string>) =>
    values.map((value) => ({
      value,
      words: [value.replaceAll("_", key === "sla" ? "-" : "_"), words[value] ?? value],
    }));
  if (isField(key)) return fieldValues(fieldOf(key, names));
  const named = (list: Named[]) =>
    list.map(({ id, name }) => ({ value: id, words: [name] }));
  switch (key) {
    case "status":
      return fixed(STATUSES, STATUS_WORDS);
    case "priority":
      return fixed(PRIORITIES, PRIORITY_WORDS);
    case "sla":
      return fixed(SLA_FILTERS, SLA_WORDS);
    case "assignee":
      return [
        { value: "me", words: ["me"] },
        { value: "none", words: ["none", "nobody"] },
        ...named(names.assignee),
      ];
    case "team":
      return [{ value: "none", words: ["none", "No team"] }, ...named(names.team)];
    case "created":
      return PERIODS.map((value) => ({ value, words: [value, periodWords(value)] }));
    case "tag":
      return [];
    default:
      return named(names[key]);
  }
}

const plain = (word: string) => word.toLowerCase().replace(/[-_\s]+/g, " ");

/** What a word stands for: one value, none, or several that share a name. */
function meaning(key: Key, word: string, names: Names): string[] {
  if (key === "tag") return [word];
  if (key === "created" && isPeriod(word.toLowerCase())) return [word.toLowerCase()];
  const exact = UUID.test(word) && FOR_AGENTS.includes(key) ? [word.toLowerCase()] : [];
  const own = valuesOf(key, names).filter((v) =>
    v.words.some((w) => plain(w) === plain(word)),
  );
  // "me" and "none" are never a person's name.
  const fixed = own.filter((v) => v.value === plain(word));
  const found = [...exact, ...(fixed.length ? fixed : own).map((v) => v.value)];
  // Incidents keep options that a field had before, and most fields have none.
  return isField(key) && found.length === 0 ? [word] : found;
}

/** How a value is written so that it is read as itself again. */
function wordFor(key: Key, value: string, names: Names): string {
  const known = valuesOf(key, names).find((v) => v.value === value);
  const word = known?.words[0] ?? value;
  const [only, ...others] = meaning(key, word, names);
  return quoted(only === value && others.length === 0 ? word : value);
}

function quoted(word: string): string {
  return /[\s,"\\]/.test(word) ? `"${word.replace(/["\\]/g, "\\$&")}"` : word;
}

function unquoted(word: string): string {
  if (!word.startsWith('"')) return word;
  return word.replace(/^"|(?<!\\)"$/g, "").replace(/\\(["\\])/g, "$1");
}

/** Cuts a text where `separator` stands outside quotes. */
function cut(text: string, separator: RegExp): Token[] {
  const tokens: Token[] = [];
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (inQuotes && char === "\\") at++;
    else if (char === '"') inQuotes = !inQuotes;
    else if (at >= text.length || (!inQuotes && separator.test(char ?? ""))) {
      tokens.push({ text: text.slice(start, at), start, end: at });
      start = at + 1;
    }
  }
  if (start <= text.length && tokens.at(-1)?.end !== text.length)
    tokens.push({ text: text.slice(start), start, end: text.length });
  return tokens;
}

function term(text: string): { key: Key; values: Token[]; offset: number } | null {
  const [head = "", ...rest] = text.split(":");
  const lower = head.toLowerCase();
  const key = isField(lower)
    ? lower
    : (Object.keys(KEYS) as FixedKey[]).find((k) => k === lower);
  if (!key || rest.length === 0) return null;
  const offset = head.length + 1;
  return { key, offset, values: cut(text.slice(offset), /,/) };
}

/** Reads a query. What is not understood is told, with where it stands. */
export function parseQuery(text: string, names: Names = NO_NAMES): Query {
  const filters: Filters = {};
  const problems: Problem[] = [];
  const words: string[] = [];
  for (const token of cut(text, /\s/)) {
    if (!token.text) continue;
    const found = term(token.text);
    if (!found) {
      words.push(literal(token.text));
      continue;
    }
    const { key } = found;
    if (isField(key) && names.fields && !fieldOf(key, names)) {
      problems.push({ ...place(token), message: unknownField(key) });
      continue;
    }
    const values = new Set(split(filters[key]));
    const written = found.values.map((v) => unquoted(v.text)).filter(Boolean);
    for (const word of written) {
      const [value, ...others] = meaning(key, word, names);
      if (value && others.length === 0) values.add(value);
      else problems.push({ ...place(token), message: complaint(key, word, others) });
    }
    if (key === "created" && values.size > 1)
      problems.push({ ...place(token), message: `Write one time after “${key}:”.` });
    if (written.length === 0)
      problems.push({ ...place(token), message: `Write a value after “${key}:”.` });
    const list = join([...values]);
    if (list) filters[key] = list;
  }
  if (words.length) filters.q = words.join(" ");
  return { filters, problems };
}

const place = ({ start, end }: Token) => ({ start, end });

/** A word in quotes that would be a filter without them is text. */
function literal(text: string): string {
  const inner = /^"(\S+)"$/.exec(text)?.[1];
  return inner && term(inner) ? inner : text;
}

const unknownField = (key: FieldFilter) =>
  `There is no field “${key.slice("field.".length)}”. Choose one from the list.`;

function complaint(key: Key, word: string, others: string[]): string {
  const name = nameOf(key, NO_NAMES).toLowerCase().replace("sla", "SLA");
  if (others.length) return `Several are called “${word}”. Choose one from the list.`;
  if (key === "assignee")
    return `Nobody is called “${word}”. Use me, none or a name from the list.`;
  if (key === "created") return `“${word}” is no time. ${PERIOD_HINT}`;
  const options = valuesOf(key, NO_NAMES).map((v) => v.words[0]);
  const hint = options.length ? `Use ${options.join(", ")}.` : "Choose from the list.";
  return `There is no ${name} “${word}”. ${hint}`;
}

/** Writes filters as a query; `parseQuery` reads the same filters from it. */
export function printQuery(filters: Filters, names: Names = NO_NAMES): string {
  const terms = [...(Object.keys(KEYS) as FixedKey[]), ...fieldsOf(filters)]
    .filter((key) => filters[key])
    .map((key) => {
      const words = split(filters[key]).map((value) => wordFor(key, value, names));
      return `${key}:${words.join(",")}`;
    });
  const words = cut(filters.q ?? "", /\s/)
    .filter(({ text }) => text)
    .map(({ text }) => (term(text) ? `"${text}"` : text));
  return [...terms, ...words].join(" ");
}

/** The word at the caret, when it is the value of a key. */
export function valueAt(text: string, caret: number) {
  const token = cut(text, /\s/).find((t) => t.start <= caret && caret <= t.end);
  const found = token && term(token.text);
  if (!token || !found) return null;
  const start = token.start + found.offset;
  const value = found.values.find((v) => caret - start <= v.end);
  if (caret < start || !value) return null;
  return {
    key: found.key,
    word: unquoted(value.text.slice(0, caret - start - value.start)),
    others: found.values.filter((v) => v !== value).map((v) => unquoted(v.text)),
    start: start + value.start,
    end: start + value.end,
  };
}

/** What may stand at the caret. */
export function complete(
  text: string,
  caret: number,
  names: Names,
  isAgent: boolean,
): Completion {
  const at = valueAt(text, caret);
  if (at) {
    const taken = at.others.flatMap((word) => meaning(at.key, word, names));
    const options = valuesOf(at.key, names)
      .filter((v) => !taken.includes(v.value))
      .filter((v) => v.words.some((w) => plain(w).includes(plain(at.word))))
      .filter((v) => v.words[0] !== at.word)
      .slice(0, MAX_OPTIONS)
      .map((v) => ({
        insert: wordFor(at.key, v.value, names),
        label: v.words[1] ?? v.words[0] ?? v.value,
      }));
    return { start: at.start, end: at.end, options };
  }
  const token = cut(text, /\s/).find((t) => t.start <= caret && caret <= t.end);
  const { start, end } = token ?? { start: caret, end: caret };
  const typed = text.slice(start, caret).toLowerCase();
  const fixed = (Object.keys(KEYS) as FixedKey[])
    .filter((key) => isAgent || !FOR_AGENTS.includes(key))
    .filter((key) => key.startsWith(typed));
  const options = [...fixed, ...fieldKeys(typed, names)].map((key) => ({
    insert: `${key}:`,
    label: nameOf(key, names),
    hint: `${key}:`,
  }));
  return { start, end, options };
}

/** The keys of fields that begin so, or whose name does. */
function fieldKeys(typed: string, names: Names): FieldFilter[] {
  return (names.fields ?? [])
    .filter(
      ({ key, name, is_active }) =>
        is_active &&
        (`field.${key}`.startsWith(typed) || name.toLowerCase().startsWith(typed)),
    )
    .slice(0, MAX_OPTIONS)
    .map(({ key }): FieldFilter => `field.${key}`);
}
