/**
 * Mentions: `@Anna Agent` while somebody writes, `@[Anna Agent](user:ID)` as the service
 * keeps it, so that they survive another name. Pure.
 */
const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const PATTERN = `@\\[([^\\[\\]\\n]{1,200})\\]\\(user:(${ID})\\)`;

/** The mention that a text begins with. */
export const LEADING_MENTION = new RegExp(`^${PATTERN}`);

/** What somebody writes: the text as they see it, and whose id each name in it has. */
export type Draft = { text: string; people: ReadonlyMap<string, string> };

export const EMPTY: Draft = { text: "", people: new Map() };

/** A text with its mentions as people read them. */
export function plainMentions(content: string): string {
  return content.replaceAll(new RegExp(PATTERN, "g"), "@$1");
}

/** The name under which a person can be mentioned; two of one name are told apart. */
function labelFor(people: Draft["people"], name: string, id: string): string {
  const plain = name.replaceAll("[", "(").replaceAll("]", ")");
  let label = plain;
  for (let n = 2; (people.get(label) ?? id) !== id; n++) label = `${plain} ${n}`;
  return label;
}

/** A draft's people with one more, and how they are called in it. */
export function withPerson(
  people: Draft["people"],
  { id, name }: { id: string; name: string },
): { label: string; people: Draft["people"] } {
  const label = labelFor(people, name, id);
  return { label, people: new Map(people).set(label, id) };
}

/** What is kept, as somebody edits it. */
export function toDraft(content: string): Draft {
  let people: Draft["people"] = new Map();
  const text = content.replaceAll(
    new RegExp(PATTERN, "g"),
    (_, name: string, id: string) => {
      const added = withPerson(people, { id, name });
      people = added.people;
      return `@${added.label}`;
    },
  );
  return { text, people };
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** What somebody wrote, as it is kept. */
export function toContent({ text, people }: Draft): string {
  if (people.size === 0) return text;
  // The longest first: "Ann" must not take the place of "Ann Lee".
  const labels = [...people.keys()].sort((a, b) => b.length - a.length);
  const found = new RegExp(
    `@(${labels.map(escaped).join("|")})(?![\\p{L}\\p{N}_])`,
    "gu",
  );
  return text.replaceAll(
    found,
    (_, label: string) => `@[${label}](user:${people.get(label)})`,
  );
}
