import { describe, expect, it } from "vitest";
import type { Clock } from "../../api/types";
import { fuseState, leadingClock } from "./fuse";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const iso = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

function clock(left: number, over: Partial<Clock> = {}): Clock {
  return {
    kind: "resolution",
    status: left < 0 ? "breached" : "running",
    target_seconds: 14_400,
    started_at: iso(left - 14_400),
    deadline: iso(left),
    projected_deadline: null,
    warn_at: iso(left - 2880),
    stopped_at: null,
    breached_at: left < 0 ? iso(left) : null,
    remaining_seconds: left,
    ...over,
  };
}

describe("the fuse's words", () => {
  it.each([
    [7 * 86_400, "7 d 00 h"],
    [3 * 3600 + 12 * 60 + 59, "3 h 12 m"],
    [2 * 3600 + 5 * 60, "2 h 05 m"],
    [42 * 60 + 10, "42 m"],
    [9 * 60 + 41, "09:41"],
    [7, "00:07"],
    [-18 * 60, "+18 m overdue"],
    [-7, "+00:07 overdue"],
  ])("%d seconds left read %s", (left, text) => {
    expect(fuseState(clock(left), NOW).text).toBe(text);
  });

  it("a met clock says what was to spare", () => {
    const met = clock(0, {
      status: "met",
      stopped_at: iso(-60),
      remaining_seconds: 41 * 60,
    });
    expect(fuseState(met, NOW)).toMatchObject({
      tone: "met",
      text: "met · 41 m to spare",
    });
  });

  it("a paused clock keeps its rest and has no deadline", () => {
    const paused = clock(0, {
      status: "paused",
      deadline: null,
      remaining_seconds: 7500,
    });
    const later = NOW + 3_600_000;
    expect(fuseState(paused, later)).toMatchObject({
      tone: "paused",
      text: "paused · 2 h 05 m left",
    });
  });

  it("a late stop stays missed by the same span", () => {
    const late = clock(-600, { stopped_at: iso(0), status: "breached" });
    expect(fuseState(late, NOW + 9_999_000).text).toBe("missed by 10 m");
  });

  it("no target has no bar", () => {
    expect(fuseState(clock(0, { status: "none", target_seconds: null }), NOW)).toEqual({
      tone: "none",
      text: "no target",
      share: 0,
    });
  });
});

describe("the fuse's state", () => {
  it("drains from the whole target to nothing", () => {
    expect(fuseState(clock(14_400), NOW).share).toBe(1);
    expect(fuseState(clock(7200), NOW).share).toBe(0.5);
    expect(fuseState(clock(-1), NOW).share).toBe(0);
  });

  it("is at risk from the warning on", () => {
    expect(fuseState(clock(2881), NOW).tone).toBe("running");
    expect(fuseState(clock(2880), NOW).tone).toBe("risk");
  });

  it("turns overdue when the deadline passes, before the server has said so", () => {
    expect(fuseState(clock(60), NOW + 61_000).tone).toBe("breached");
  });

  it("never shows more than the working time that was left", () => {
    // Closed until tomorrow: the deadline is 20 hours away, 2 working hours are left.
    const closed = clock(20 * 3600, { remaining_seconds: 7200 });
    expect(fuseState(closed, NOW).text).toBe("2 h 00 m");
  });
});

describe("the leading clock", () => {
  it("is the open one with the nearer deadline", () => {
    const response = clock(600, { kind: "response" });
    const resolution = clock(9000);
    expect(leadingClock({ response, resolution })?.kind).toBe("response");
  });

  it("passes over a stopped one", () => {
    const response = clock(600, {
      kind: "response",
      status: "met",
      stopped_at: iso(0),
    });
    expect(leadingClock({ response, resolution: clock(9000) })?.kind).toBe(
      "resolution",
    );
  });
});
