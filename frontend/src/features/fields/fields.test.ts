import { describe, expect, it } from "vitest";
import type { CustomField } from "../../api/types";
import { askedToResolve, isSame, valueWords } from "./fields";

describe("a value in words", () => {
  it("is what people say of its type", () => {
    expect(valueWords(true)).toBe("Yes");
    expect(valueWords(false)).toBe("No");
    expect(valueWords(["EU", "US"])).toBe("EU, US");
    expect(valueWords("2026-03-31", "date")).toBe("31 Mar 2026");
    expect(valueWords("2026-03-31", "text")).toBe("2026-03-31");
    expect(valueWords(0)).toBe("0");
  });

  it("is nothing when there is none", () => {
    for (const none of [null, undefined, "", []])
      expect(valueWords(none)).toBe("nothing");
  });

  it("of a day that does not exist is left as it is", () => {
    expect(valueWords("soon", "date")).toBe("soon");
  });
});

it("an empty value is the same as none, and zero and no are values", () => {
  expect(isSame("", undefined)).toBe(true);
  expect(isSame([], null)).toBe(true);
  expect(isSame(0, null)).toBe(false);
  expect(isSame(false, null)).toBe(false);
  expect(isSame(["a"], ["a"])).toBe(true);
});

it("resolving asks for what it requires and nobody has given", () => {
  const field = (key: string, more: Partial<CustomField>) =>
    ({ key, required: "resolved", is_active: true, ...more }) as CustomField;
  const fields = [
    field("cause", {}),
    field("region", { required: "created" }),
    field("retired", { is_active: false }),
    field("given", {}),
  ];
  const keys = (entered: Record<string, string>) =>
    askedToResolve(fields, { given: "x" }, entered).map(({ key }) => key);
  expect(keys({})).toEqual(["cause"]);
  expect(keys({ cause: "A loose cable", given: "y" })).toEqual(["cause", "given"]);
});
