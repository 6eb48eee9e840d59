import { describe, expect, it } from "vitest";
import { codeOf, moved } from "./reasons";

describe("a reason's code", () => {
  it("is its label in small letters", () => {
    expect(codeOf("  Überprüfung beim Kunden (2) ", [])).toBe(
      "uberprufung_beim_kunden_2",
    );
  });

  it("begins with a letter, whatever the label is", () => {
    expect(codeOf("3rd party", [])).toBe("rd_party");
    expect(codeOf("顧客", [])).toBe("reason");
  });

  it("is no other reason's", () => {
    expect(codeOf("Other", ["other", "other_2"])).toBe("other_3");
  });
});

it("a reason moves a place", () => {
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(moved(["a", "b", "c"], 0, 1)).toEqual(["b", "a", "c"]);
});
