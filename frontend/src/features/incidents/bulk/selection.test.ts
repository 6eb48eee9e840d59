import { describe, expect, it } from "vitest";
import { everything, extended, NOTHING, toggled, without } from "./selection";

const ORDER = ["a", "b", "c", "d", "e"];
const keys = (selection: typeof NOTHING) => [...selection.keys].sort().join("");

describe("a selection", () => {
  it("takes a row and gives it back", () => {
    const one = toggled(NOTHING, "b");
    expect(keys(one)).toBe("b");
    expect(keys(toggled(one, "b"))).toBe("");
  });

  it("grows and shrinks around where the range began", () => {
    const begun = toggled(NOTHING, "c");
    const down = extended(begun, ORDER, "c", "e");
    expect(keys(down)).toBe("cde");
    expect(keys(extended(down, ORDER, "e", "d"))).toBe("cd");
    expect(keys(extended(down, ORDER, "e", "a"))).toBe("abc");
  });

  it("keeps what was selected before the range", () => {
    const two = toggled(toggled(NOTHING, "a"), "d");
    expect(keys(extended(two, ORDER, "d", "e"))).toBe("ade");
    expect(keys(extended(extended(two, ORDER, "d", "e"), ORDER, "e", "d"))).toBe("ad");
  });

  it("begins a range at the focused row when nothing was taken", () => {
    expect(keys(extended(NOTHING, ORDER, "b", "c"))).toBe("bc");
  });

  it("begins anew when the row of its beginning has left the list", () => {
    const begun = toggled(NOTHING, "z");
    expect(keys(extended(begun, ORDER, "b", "c"))).toBe("bcz");
  });

  it("takes all that are loaded, and lets some go", () => {
    const all = everything(ORDER);
    expect(keys(all)).toBe("abcde");
    expect(keys(without(all, ["a", "e"]))).toBe("bcd");
  });
});
