import { describe, expect, it } from "vitest";
import type { Incident } from "../../api/types";
import { linesOf, sectionsIn } from "../../ui/lines";
import { assemble, readGrouping } from "./grouping";

const groups = [
  { value: "none", name: null, count: 3 },
  { value: "a", name: "Anna", count: 70 },
];
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ number: `INC-${n}` }) as Incident);
const put = (loaded: Record<string, [number, boolean]>, closed: string[] = []) =>
  assemble(
    "assignee",
    groups,
    new Map(
      Object.entries(loaded).map(([key, [count, hasMore]]) => [
        key,
        { rows: rows(count), hasMore },
      ]),
    ),
    new Set(closed),
    50,
  );

describe("groups of the queue", () => {
  it("keep places for rows that have not come", () => {
    const { sections, rows } = put({});
    expect(rows).toEqual([]);
    expect(sections.map(({ label, pending }) => [label, pending])).toEqual([
      ["Nobody", 3],
      ["Anna", 50],
    ]);
  });

  it("make room for no more than there are", () => {
    const { sections, rows } = put({ none: [3, false], a: [50, true] });
    expect(rows).toHaveLength(53);
    expect(sections.map((s) => [s.rows, s.pending])).toEqual([
      [3, 0],
      [50, 20],
    ]);
  });

  it("believe the list more than an old count", () => {
    expect(put({ none: [2, false] }).sections[0]?.pending).toBe(0);
    expect(put({ none: [3, true] }).sections[0]?.pending).toBe(1);
  });

  it("hide their rows when they are closed", () => {
    const { sections, rows } = put({ none: [3, false], a: [50, true] }, ["none"]);
    expect(rows).toHaveLength(50);
    const lines = linesOf(rows.length, sections);
    expect(lines.slice(0, 3).map((l) => l.kind)).toEqual(["head", "head", "row"]);
    expect(lines[2]).toEqual({ kind: "row", row: 0, section: "a" });
  });

  it("tell which of them are on screen, and which lack rows there", () => {
    const { sections, rows } = put({ none: [3, false] });
    const lines = linesOf(rows.length, sections);
    expect(sectionsIn(lines, 0, 3)).toEqual({ near: ["none"], short: [] });
    expect(sectionsIn(lines, 2, 8)).toEqual({ near: ["none", "a"], short: ["a"] });
  });

  it("are by nothing that is not known", () => {
    expect(readGrouping("team")).toBe("team");
    expect(readGrouping("title")).toBeUndefined();
  });
});
