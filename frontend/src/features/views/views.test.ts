import { describe, expect, it } from "vitest";
import type { View } from "../../api/types";
import { ada } from "../../test/server";
import { DEFAULT_VIEW } from "../incidents/filters";
import { countText, filtersOf, isUnsaved, mayChange, nameOf, toView } from "./views";

const view: View = {
  id: "00000000-0000-7000-8000-000000000010",
  name: "Late ones",
  filters: { status: "open", tag: "vpn" },
  sort: "next_deadline",
  shared: false,
  position: 0,
  owner: { id: ada.id, name: ada.name },
  created_at: "2026-01-05T09:00:00Z",
  updated_at: "2026-01-05T09:00:00Z",
  version: 1,
};

describe("saved views", () => {
  it("are known by their filters and their order", () => {
    const views = [view];
    expect(nameOf(views, { tag: "vpn", status: "open" })).toBe("Late ones");
    expect(nameOf(views, { ...filtersOf(view), sort: "priority" })).toBeUndefined();
    expect(nameOf(views, DEFAULT_VIEW.filters)).toBe("All open");
  });

  it("show one's own before a shared one with the same filters", () => {
    const shared = { ...view, id: "other", name: "Everybody's", shared: true };
    expect(nameOf([shared, view], filtersOf(view))).toBe("Late ones");
  });

  it("can be saved when nothing has these filters yet", () => {
    expect(isUnsaved([view], { tag: "vpn" })).toBe(true);
    expect(isUnsaved([view], { sort: "priority" })).toBe(true);
    expect(isUnsaved([view], filtersOf(view))).toBe(false);
    expect(isUnsaved([view], DEFAULT_VIEW.filters)).toBe(false);
    expect(isUnsaved([view], {})).toBe(false);
  });

  it("are changed by their owner, and by managers once shared", () => {
    const other = { ...ada, id: "00000000-0000-7000-8000-000000000099" };
    const manager = { ...other, role: "manager" as const };
    expect(mayChange(view, ada)).toBe(true);
    expect(mayChange(view, manager)).toBe(false);
    expect(mayChange({ ...view, shared: true }, manager)).toBe(true);
    expect(mayChange({ ...view, shared: true }, other)).toBe(false);
  });
});

describe("a count in the rail", () => {
  it("ends where nobody counts any further", () => {
    const counts = { counts: { open: 999, [view.id]: 1000 }, limit: 1000 };
    expect(countText(counts, "open")).toBe("999");
    expect(countText(counts, view.id)).toBe("999+");
    expect(countText(counts, "new")).toBe("");
    expect(countText(undefined, "open")).toBe("");
  });
});

it("a view keeps filters by custom fields, and opens with them", () => {
  const filters = {
    status: "open",
    "field.region": "Europe",
    sort: "-priority",
  } as const;
  const kept = toView(filters);
  expect(kept).toEqual({ status: "open", fields: { region: "Europe" } });
  const view = { filters: kept, sort: "-priority" } as View;
  expect(filtersOf(view)).toEqual(filters);
});
