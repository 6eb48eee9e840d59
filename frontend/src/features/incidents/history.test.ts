import { describe, expect, it } from "vitest";
import type { TimelineEntry } from "../../api/types";
import { tell } from "./history";

const NOW = Date.parse("2026-03-02T12:00:00Z");

function say(type: string, data: Record<string, unknown> = {}) {
  const entry: TimelineEntry = {
    id: "1",
    at: "2026-03-02T11:00:00Z",
    type,
    actor: null,
    data,
    comment: null,
  };
  return tell(entry, "UTC", NOW);
}

describe("the timeline in words", () => {
  it("tells a pause with its reason and note", () => {
    expect(say("paused", { reason: "awaiting_customer", note: "Asked." })).toEqual({
      tone: "paused",
      text: "paused the clock: awaiting customer",
      note: "Asked.",
    });
  });

  it("stamps a breach at the deadline and says when it was noticed late", () => {
    const data = {
      kind: "response",
      deadline: "2026-03-02T10:00:00Z",
      detected_at: "2026-03-02T10:05:00Z",
    };
    expect(say("breached", data).text).toBe(
      "Response breached at the deadline, 2 Mar, 10:00 (noticed 5 m later)",
    );
  });

  it("tells what an edit changed and hides the version", () => {
    expect(say("edited", { priority: ["critical", "high"], version: 4 }).text).toBe(
      "changed the priority from Critical to High",
    );
  });

  it("names who it was assigned to", () => {
    const bo = { id: "u1", name: "Bo Tran" };
    expect(say("edited", { assignee_id: [null, bo] }).text).toBe(
      "assigned this to Bo Tran",
    );
    expect(say("edited", { assignee_id: [bo, null] }).text).toBe(
      "took the assignee away",
    );
  });

  it("names both teams of a move", () => {
    const change = [{ name: "Network" }, { name: "Storage" }];
    expect(say("edited", { team_id: change }).text).toBe(
      "changed the team from Network to Storage",
    );
  });

  it("tells new targets", () => {
    const targets = { response: 14_400, resolution: 86_400 };
    expect(say("targets_changed", { targets }).text).toBe(
      "set the targets: response within 4 h, resolution within 24 h",
    );
  });

  it("has words for a type it does not know", () => {
    expect(say("grown_wings").text).toBe("grown wings");
  });
});

describe("what the service does by itself", () => {
  it("names the maintenance window that pauses and lets go", () => {
    const data = { automatic: "maintenance", window: "Database upgrade" };
    expect(say("paused", { ...data, reason: "maintenance:1" })).toMatchObject({
      tone: "paused",
      text: "Maintenance paused the clock: Database upgrade",
    });
    expect(say("resumed", data).text).toBe("Maintenance is over: Database upgrade");
  });

  it("tells a pause that was at its longest", () => {
    const data = { automatic: "longest_pause", reason: "awaiting_customer" };
    expect(say("resumed", data).text).toBe(
      "The pause was at its longest and ended by itself: awaiting customer",
    );
  });

  it("names the level of an escalation", () => {
    expect(say("escalated", { kind: "resolution", name: "Call the lead" })).toEqual({
      tone: "risk",
      text: "Escalated, Resolution: Call the lead",
    });
  });

  it("lists what was put right", () => {
    const difference = {
      part: "resolution",
      column: "due_at",
      stored: "2026-03-02T10:00:00Z",
      computed: null,
    };
    expect(say("corrected", { differences: [difference] }).note).toBe(
      "resolution, due at: 2026-03-02T10:00:00Z → nothing",
    );
  });
});

describe("new targets in the timeline", () => {
  const targets = { response: 3600, resolution: 14_400 };

  it("tell from when they count, and by which policy", () => {
    const policy = { name: "Gold", version: 3 };
    expect(say("targets_changed", { targets, mode: "restart", policy }).text).toBe(
      "set the targets by the policy “Gold”, version 3: response within 1 h, " +
        "resolution within 4 h, counted from that moment",
    );
  });

  it("are marked when a breach came before", () => {
    expect(say("targets_changed", { targets, after_breach: true }).note).toMatch(
      /reclassified/,
    );
  });
});
