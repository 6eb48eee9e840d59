import { describe, expect, it } from "vitest";
import { difference, type Piece } from "./difference";

const marked = (pieces: Piece[]) =>
  pieces.map(({ text, own }) => (own ? `[${text}]` : text)).join("");

describe("the difference of two texts", () => {
  it("is marked by words on both sides", () => {
    const { mine, theirs } = difference("Disk is full on db-3", "Disk is slow on db-3");
    expect(marked(mine)).toBe("Disk is [full] on db-3");
    expect(marked(theirs)).toBe("Disk is [slow] on db-3");
  });

  it("leaves each side whole", () => {
    const one = "First line\n\nsecond  line";
    const other = "First line\nthird line, and more";
    const { mine, theirs } = difference(one, other);
    const whole = (pieces: Piece[]) => pieces.map(({ text }) => text).join("");
    expect(whole(mine)).toBe(one);
    expect(whole(theirs)).toBe(other);
  });

  it("with nothing is everything", () => {
    expect(marked(difference("New", "").mine)).toBe("[New]");
    expect(difference("New", "").theirs).toEqual([]);
  });

  it("of equal texts is nothing", () => {
    expect(marked(difference("Same", "Same").mine)).toBe("Same");
  });
});
