import { describe, expect, it } from "vitest";
import { closeTo } from "./found";

const text = (pieces: { text: string }[]) => pieces.map((piece) => piece.text).join("");

describe("what a search found", () => {
  it("begins shortly before the first hit", () => {
    const pieces = closeTo([
      { text: "…", hit: false },
      { text: "It has been like this for a week: the ", hit: false },
      { text: "disk", hit: true },
      { text: " is full", hit: false },
    ]);
    expect(text(pieces)).toBe("… this for a week: the disk is full");
    expect(pieces.filter((piece) => piece.hit)).toHaveLength(1);
  });

  it("stays whole where it is short", () => {
    const pieces = [
      { text: "The ", hit: false },
      { text: "disk", hit: true },
    ];
    expect(closeTo(pieces)).toBe(pieces);
    expect(closeTo([{ text: "x".repeat(40), hit: true }])).toHaveLength(1);
  });
});
