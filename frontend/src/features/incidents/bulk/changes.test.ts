import { describe, expect, it } from "vitest";
import type { BulkBefore, BulkDone } from "../../../api/types";
import { AT_ONCE, requests, reversals, summary } from "./changes";

const done = (number: string, before: Partial<BulkBefore>): BulkDone => ({
  number,
  version: 2,
  before: {
    status: "open",
    priority: "low",
    assignee_id: null,
    team_id: null,
    tags: [],
    pauses: [],
    ...before,
  },
});

describe("sending a change", () => {
  it("asks for a part at a time", () => {
    const numbers = Array.from({ length: AT_ONCE + 1 }, (_, n) => `INC-${n}`);
    const parts = requests({ type: "step", step: "resolve" }, numbers);
    expect(parts.map((part) => part.references.length)).toEqual([AT_ONCE, 1]);
  });
});

describe("taking a change back", () => {
  it("gives each back to whom it had, by versions, one request for each of them", () => {
    const back = reversals({ type: "assign", assignee_id: "bo" }, [
      done("INC-1", { assignee_id: "ada" }),
      done("INC-2", {}),
      done("INC-3", { assignee_id: "ada" }),
      done("INC-4", { assignee_id: "bo" }),
    ]);
    expect(back).toEqual([
      {
        references: ["INC-1", "INC-3"],
        change: { type: "assign", assignee_id: "ada" },
        expected: { "INC-1": 2, "INC-3": 2 },
      },
      {
        references: ["INC-2"],
        change: { type: "assign", assignee_id: null },
        expected: { "INC-2": 2 },
      },
    ]);
  });

  it("takes only those tags away that were new", () => {
    const change = { type: "add_tags" as const, tags: ["fire", "water"] };
    const back = reversals(change, [
      done("INC-1", { tags: ["fire"] }),
      done("INC-2", { tags: ["fire", "water"] }),
    ]);
    expect(back.map((request) => [request.references, request.change])).toEqual([
      [["INC-1"], { type: "remove_tags", tags: ["water"] }],
    ]);
  });

  it("pauses again for every reason that was ended, with its note", () => {
    const pauses = [
      { reason: "awaiting_customer", note: "Asleep" },
      { reason: "other", note: null },
    ];
    const back = reversals({ type: "resume" }, [done("INC-1", { pauses })]);
    expect(back.map((request) => request.change)).toEqual([
      { type: "pause", reason: "awaiting_customer", note: "Asleep" },
      { type: "pause", reason: "other", note: null },
    ]);
  });

  it("leaves deadlines where they are when the change left them", () => {
    const change = { type: "priority", priority: "high", sla_mode: "keep" } as const;
    const [back] = reversals(change, [done("INC-1", {})]);
    expect(back?.change).toEqual({
      type: "priority",
      priority: "low",
      sla_mode: "keep",
    });
  });

  it("reopens what was resolved, and offers nothing where there is no way back", () => {
    const one = [done("INC-1", {})];
    const resolved = reversals({ type: "step", step: "resolve" }, one);
    expect(resolved.map((request) => request.change)).toEqual([
      { type: "step", step: "reopen" },
    ]);
    expect(reversals({ type: "step", step: "acknowledge" }, one)).toEqual([]);
    expect(reversals({ type: "step", step: "close" }, one)).toEqual([]);
  });
});

describe("telling how it went", () => {
  it("says how many changed, and how many did not", () => {
    const failure = { number: "INC-1", code: "stale_version", message: "Stale." };
    expect(summary("assigned", 12, [])).toBe("12 assigned");
    expect(summary("assigned", 9, [failure])).toBe("9 assigned, 1 not");
    expect(summary("assigned", 0, [failure])).toBe("None of 1 assigned");
  });

  it("brings back what was deleted, where nobody did so meanwhile", () => {
    const [back] = reversals({ type: "delete" }, [done("INC-1", {})]);
    expect(back?.change).toEqual({ type: "restore" });
    expect(back?.expected).toEqual({ "INC-1": 2 });
  });
});
