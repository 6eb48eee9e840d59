import { describe, expect, it } from "vitest";
import type { EngineStatus } from "../../api/types";
import { checkWords, lag, lastSeen, shares } from "./health";

const NOW = Date.parse("2026-03-02T12:00:00Z");

const engine = (over: Partial<EngineStatus> = {}): EngineStatus => ({
  as_of: "2026-03-02T12:00:00Z",
  lag_seconds: 0.4,
  due_next_hour: 3,
  clocks: { running: 6, paused: 3, breached: 1 },
  swept_at: "2026-03-02T11:59:58Z",
  outbox: { pending: 0, failed: 0 },
  windows: [],
  runs: [],
  check: null,
  ...over,
});

const check = (over: Partial<NonNullable<EngineStatus["check"]>> = {}) => ({
  id: "1",
  status: "done" as const,
  started_at: "2026-03-02T02:00:00Z",
  finished_at: "2026-03-02T02:00:10Z",
  clocks: 2000,
  differences: 0,
  details: [],
  error: null,
  ...over,
});

describe("the engine's health", () => {
  it("is good within seconds, and bad after a minute", () => {
    expect(lag(engine())).toMatchObject({ tone: "good", value: "none" });
    expect(lag(engine({ lag_seconds: 12 }))).toMatchObject({
      tone: "risk",
      value: "12 s",
    });
    expect(lag(engine({ lag_seconds: 90 })).tone).toBe("bad");
  });

  it("is bad when the engine was not seen for long, or never", () => {
    expect(lastSeen(engine(), NOW)).toBe("good");
    expect(lastSeen(engine({ swept_at: "2026-03-02T11:50:00Z" }), NOW)).toBe("bad");
    expect(lastSeen(engine({ swept_at: null }), NOW)).toBe("bad");
  });

  it("tells what the last check found", () => {
    expect(checkWords(check())).toEqual({
      tone: "good",
      text: "2,000 clocks say what their ledgers say.",
    });
    expect(checkWords(check({ differences: 1 }))).toEqual({
      tone: "bad",
      text: "1 difference in 2,000 clocks.",
    });
    expect(checkWords(null).tone).toBe("risk");
  });

  it("shows open clocks as shares of all", () => {
    expect(shares(engine().clocks).map((s) => s.share)).toEqual([0.6, 0.3, 0.1]);
    expect(shares({ running: 0, paused: 0, breached: 0 })[0]?.share).toBe(0);
  });
});
