import { describe, expect, it } from "vitest";
import { replaced, typedAt, withSlash } from "./completion";
import { EMPTY, plainMentions, toContent, toDraft, withPerson } from "./mentions";

const id = (n: number) => `00000000-0000-7000-8000-00000000000${n}`;
const people = (...names: string[]) =>
  new Map(names.map((name, n) => [name, id(n)] as const));

describe("a mention", () => {
  it("is kept with an id and written with a name", () => {
    const draft = { text: "Ask @Ann Lee, please", people: people("Ann Lee") };
    const content = `Ask @[Ann Lee](user:${id(0)}), please`;
    expect(toContent(draft)).toBe(content);
    expect(toDraft(content)).toEqual(draft);
    expect(plainMentions(content)).toBe(draft.text);
  });

  it("is of the longest name, and of a whole one", () => {
    const text = "@Ann Lee @Ann @Annabel";
    expect(toContent({ text, people: people("Ann", "Ann Lee") })).toBe(
      `@[Ann Lee](user:${id(1)}) @[Ann](user:${id(0)}) @Annabel`,
    );
  });

  it("tells two people of one name apart", () => {
    const first = withPerson(EMPTY.people, { id: id(1), name: "Ann Lee" });
    const again = withPerson(first.people, { id: id(1), name: "Ann Lee" });
    const other = withPerson(again.people, { id: id(2), name: "Ann Lee" });
    expect([first.label, again.label, other.label]).toEqual([
      "Ann Lee",
      "Ann Lee",
      "Ann Lee 2",
    ]);
    const content = `@[Ann Lee](user:${id(1)}) @[Ann Lee](user:${id(2)})`;
    expect(toDraft(content).text).toBe("@Ann Lee @Ann Lee 2");
  });

  it("takes a name with brackets and signs in it", () => {
    const { label, people: known } = withPerson(EMPTY.people, {
      id: id(1),
      name: "Jo [Ops] (a+b)",
    });
    const content = toContent({ text: `@${label}`, people: known });
    expect(content).toBe(`@[Jo (Ops) (a+b)](user:${id(1)})`);
    expect(plainMentions(content)).toBe("@Jo (Ops) (a+b)");
  });
});

describe("what is completed", () => {
  it.each([
    ["@", "person", ""],
    ["Hello @an", "person", "an"],
    ["(@Zoë", "person", "Zoë"],
    ["@Ann L", "person", "Ann L"],
    ["/", "reply", ""],
    ["Words\n/refund po", "reply", "refund po"],
  ])("of %j is a %s", (text, kind, word) => {
    expect(typedAt(text, text.length)).toMatchObject({ kind, word });
  });

  it.each(["", "ann@example.com", "@Ann Lee is", "and/or", "Words /re", "/etc/hosts"])(
    "of %j is nothing",
    (text) => {
      expect(typedAt(text, text.length)).toBeNull();
    },
  );

  it("is what stands before the caret, and goes with it", () => {
    const typed = typedAt("Ask @an today", 7);
    expect(typed).toEqual({ kind: "person", word: "an", start: 4 });
    expect(replaced("Ask @an today", 4, 7, "@Ann Lee")).toEqual({
      text: "Ask @Ann Lee today",
      caret: 12,
    });
  });

  it("begins by a button on a line of its own", () => {
    expect(withSlash("", 0)).toEqual({ text: "/", caret: 1 });
    expect(withSlash("Hello", 5)).toEqual({ text: "Hello\n/", caret: 7 });
  });
});
