import { describe, expect, it } from "vitest";
import type { MaintenanceWindow } from "../../api/types";
import { creation, grouped, matchWords, missing, update, valuesOf } from "./windows";

const ZONE = "Europe/Berlin";
const NOW = Date.parse("2026-03-02T11:12:00Z");

const window = (over: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  id: "1",
  name: "Database upgrade",
  note: null,
  starts_at: "2026-03-07T21:00:00Z",
  ends_at: "2026-03-08T01:00:00Z",
  match: { tags: ["database"] },
  status: "announced",
  incidents: 0,
  version: 1,
  created_by: null,
  created_at: "2026-03-01T00:00:00Z",
  updated_at: "2026-03-01T00:00:00Z",
  ...over,
});

describe("the form of a window", () => {
  it("begins a new one at a full hour of the person's zone", () => {
    const values = valuesOf(null, ZONE, NOW);
    expect([values.starts_at, values.ends_at]).toEqual([
      "2026-03-02T14:00",
      "2026-03-02T16:00",
    ]);
  });

  it("sends instants, and only conditions that say something", () => {
    const values = { ...valuesOf(window(), ZONE, NOW), name: " Upgrade " };
    expect(creation(values, ZONE)).toEqual({
      name: "Upgrade",
      note: null,
      starts_at: "2026-03-07T21:00:00.000Z",
      ends_at: "2026-03-08T01:00:00.000Z",
      match: { tags: ["database"] },
    });
  });

  it("sends of a change only what was changed", () => {
    const before = valuesOf(window(), ZONE, NOW);
    const values = { ...before, ends_at: "2026-03-08T03:00" };
    expect(update(values, before, ZONE)).toEqual({
      ends_at: "2026-03-08T02:00:00.000Z",
    });
  });

  it("asks for what is missing", () => {
    const values = { ...valuesOf(null, ZONE, NOW), name: " ", ends_at: "" };
    expect(Object.keys(missing(values, ZONE))).toEqual(["name", "ends_at"]);
  });
});

describe("windows in words", () => {
  it("tell whom they are for", () => {
    const names = { teams: new Map([["t", "Networks"]]), organizations: new Map() };
    const match = { team_ids: ["t"], tags: ["db", "vpn"] };
    expect(matchWords(match, names)).toBe("Team Networks and tag db or vpn");
    expect(matchWords({}, names)).toBe("Every open incident");
  });

  it("stand in groups, the next one first", () => {
    const groups = grouped([
      window({ id: "later" }),
      window({ id: "next" }),
      window({ id: "gone", status: "cancelled" }),
    ]);
    expect(groups.map((g) => [g.title, g.members.map((w) => w.id)])).toEqual([
      ["Announced", ["next", "later"]],
      ["Over", ["gone"]],
    ]);
  });
});
