import { describe, expect, it } from "vitest";
import { hasFilters, parseFilters, sameFilters, VIEWS } from "./filters";

describe("filters from the URL", () => {
  it("keeps what is known and drops the rest", () => {
    expect(
      parseFilters({
        status: "open,broken,resolved",
        priority: "urgent",
        sla: "at_risk",
        assignee: "me",
        q: "  disk full ",
        sort: "-updated_at",
        page: "3",
      }),
    ).toEqual({
      status: "open,resolved",
      sla: "at_risk",
      assignee: "me",
      q: "disk full",
      sort: "-updated_at",
    });
  });

  it("leaves the default order out of the URL", () => {
    expect(parseFilters({ sort: "next_deadline" })).toEqual({});
  });

  it("knows its own views again", () => {
    for (const view of VIEWS)
      expect(sameFilters(parseFilters(view.filters), view.filters)).toBe(true);
  });

  it("compares lists without their order", () => {
    expect(sameFilters({ status: "open,closed" }, { status: "closed,open" })).toBe(
      true,
    );
    expect(sameFilters({ status: "open" }, { status: "open", q: "x" })).toBe(false);
  });

  it("does not count the order as a filter", () => {
    expect(hasFilters({ sort: "priority" })).toBe(false);
    expect(hasFilters({ q: "disk" })).toBe(true);
  });
});

it("filters by custom fields are read, compared and counted like any other", () => {
  const filters = parseFilters({
    "field.region": "Europe",
    "field.": "x",
    fields: "y",
  });
  expect(filters).toEqual({ "field.region": "Europe" });
  expect(hasFilters(filters)).toBe(true);
  expect(sameFilters(filters, {})).toBe(false);
});
