import { describe, expect, it } from "vitest";
import type { Clock } from "../../api/types";
import { effects, hasOpenClock } from "./retarget";

const clock = (over: Partial<Clock> = {}): Clock => ({
  kind: "resolution",
  status: "running",
  target_seconds: 14_400,
  started_at: "2026-03-02T09:00:00Z",
  deadline: "2026-03-02T13:00:00Z",
  projected_deadline: null,
  warn_at: null,
  stopped_at: null,
  breached_at: null,
  remaining_seconds: 3600,
  ...over,
});

const none = { response: null };
const between = (before: Clock | null, after: Clock | null) =>
  effects({ ...none, resolution: before }, { ...none, resolution: after });

describe("what new targets do", () => {
  it("tells by how much a deadline moves", () => {
    const after = clock({ deadline: "2026-03-02T10:30:00Z" });
    expect(between(clock(), after)).toEqual([
      {
        kind: "resolution",
        before: "2026-03-02T13:00:00Z",
        after: "2026-03-02T10:30:00Z",
        words: "2 h 30 m earlier",
        tone: "plain",
      },
    ]);
    expect(between(after, clock())[0]?.words).toBe("2 h 30 m later");
    expect(between(clock(), clock())[0]?.words).toBe("Stays");
  });

  it("warns of what would breach at once", () => {
    const breached = clock({ status: "breached", remaining_seconds: -60 });
    expect(between(clock(), breached)[0]).toMatchObject({
      words: "Breaches at once",
      tone: "breach",
    });
  });

  it("knows that a paused clock breaches only when it runs on", () => {
    const paused = clock({ status: "paused", deadline: null, remaining_seconds: -60 });
    const before = clock({ status: "paused", deadline: null, remaining_seconds: 60 });
    expect(between(before, paused)[0]?.words).toBe("Breaches at once, when it runs on");
  });

  it("says that a lifted breach stays in the ledger", () => {
    const breached = clock({ status: "breached", remaining_seconds: -60 });
    expect(between(breached, clock())[0]?.tone).toBe("met");
  });

  it("leaves stopped clocks alone", () => {
    const stopped = clock({ status: "met", stopped_at: "2026-03-02T10:00:00Z" });
    expect(between(stopped, stopped)[0]?.words).toBe("Has stopped; stays as it is");
    expect(hasOpenClock({ response: stopped, resolution: null })).toBe(false);
    expect(hasOpenClock({ response: stopped, resolution: clock() })).toBe(true);
  });

  it("tells of targets that come and go", () => {
    expect(between(null, clock())[0]?.words).toBe("Gets a target");
    expect(between(clock(), null)[0]?.words).toBe("No target any more");
  });
});
