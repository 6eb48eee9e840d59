/** Custom fields and their values in words. Pure. */
import type {
  CustomField,
  FieldRequired,
  FieldType,
  FieldValue,
} from "../../api/types";

export const TYPE_WORDS: Record<FieldType, string> = {
  text: "Text",
  number: "Number",
  date: "Date",
  boolean: "Yes or no",
  choice: "Choice",
  choices: "Several choices",
  link: "Link",
};

export const REQUIRED_WORDS: Record<FieldRequired, string> = {
  never: "Never",
  created: "When created",
  resolved: "To resolve",
};

export const isChoice = (type: FieldType) => type === "choice" || type === "choices";

/** Types that are written letter by letter: a value is whole when the field is left. */
export const isTyped = (type: FieldType) => !isChoice(type) && type !== "boolean";

/** A value as people read it. */
export function valueWords(value: unknown, type?: FieldType): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (Array.isArray(value)) return value.join(", ") || "nothing";
  if (type === "date") return dateWords(String(value));
  return String(value);
}

function dateWords(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) return date;
  return day.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** Nothing is nothing, however it is written. */
export function isSame(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  const plain = (v: FieldValue | undefined) =>
    v === undefined || v === "" || (Array.isArray(v) && v.length === 0) ? null : v;
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

type Values = Record<string, FieldValue>;

/**
 * What is asked for when an incident is resolved: the fields that this requires and that
 * had no value before. One that was just entered stays, whoever else gives it a value.
 */
export function askedToResolve(
  fields: CustomField[] | undefined,
  saved: Values,
  entered: Values,
): CustomField[] {
  return activeOf(fields).filter(
    ({ key, required }) =>
      required === "resolved" && (!(key in saved) || key in entered),
  );
}

/** The fields that can be given values. */
export function activeOf(fields: CustomField[] | undefined): CustomField[] {
  return (fields ?? []).filter((field) => field.is_active);
}
