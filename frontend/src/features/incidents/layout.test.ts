import { describe, expect, it } from "vitest";
import { DEFAULT_LAYOUT, fitting, moved, readLayout, resized, toggled } from "./layout";

describe("the queue's layout", () => {
  it("is the default where nothing sensible is stored", () => {
    for (const stored of [undefined, null, {}, { columns: "x", widths: 3 }])
      expect(readLayout(stored)).toEqual(DEFAULT_LAYOUT);
    expect(readLayout({ columns: ["status"] }).columns).toContain("title");
  });

  it("keeps what is known of what is stored, in its order", () => {
    expect(
      readLayout({
        columns: ["team", "title", "gone", "number"],
        widths: { team: 90.4, title: "wide", gone: 5, number: 9999 },
        density: "compact",
      }),
    ).toEqual({
      columns: ["team", "title", "number"],
      widths: { team: 90, number: 480 },
      density: "compact",
    });
  });

  it("leaves out the last columns that have no room", () => {
    expect(fitting(DEFAULT_LAYOUT, 1400)).toEqual(DEFAULT_LAYOUT.columns);
    expect(fitting(DEFAULT_LAYOUT, 1000)).not.toContain("updated");
    expect(fitting(DEFAULT_LAYOUT, 600)).toEqual([
      "priority",
      "number",
      "title",
      "due",
    ]);
  });

  it("never leaves out the title", () => {
    const last = moved(toggled(DEFAULT_LAYOUT, "updated"), "assignee", -1);
    const wide = resized(resized(last, "response", 480), "resolution", 480);
    expect(fitting(wide, 900)).toContain("title");
    expect(toggled(DEFAULT_LAYOUT, "title")).toBe(DEFAULT_LAYOUT);
  });

  it("brings a column back to where it belongs", () => {
    const without = toggled(DEFAULT_LAYOUT, "status");
    expect(without.columns).not.toContain("status");
    expect(toggled(without, "status")).toEqual(DEFAULT_LAYOUT);
  });

  it("moves a column by one place, and not beyond the ends", () => {
    expect(moved(DEFAULT_LAYOUT, "number", -1).columns.slice(0, 2)).toEqual([
      "number",
      "priority",
    ]);
    expect(moved(DEFAULT_LAYOUT, "priority", -1)).toBe(DEFAULT_LAYOUT);
  });

  it("keeps widths within bounds", () => {
    expect(resized(DEFAULT_LAYOUT, "team", 3).widths.team).toBe(44);
  });
});
