import { describe, expect, it } from "vitest";
import { exampleClock, instantAfter, nextAt } from "./example";

const steps = [
  {
    kind: "work",
    from: "2026-11-27T16:30:00Z",
    to: "2026-11-27T17:00:00Z",
    counted_seconds: 1800,
    total_seconds: 1800,
  },
  {
    kind: "closed",
    from: "2026-11-27T17:00:00Z",
    to: "2026-11-30T09:00:00Z",
    counted_seconds: 0,
    total_seconds: 1800,
  },
  {
    kind: "work",
    from: "2026-11-30T09:00:00Z",
    to: "2026-11-30T17:00:00Z",
    counted_seconds: 28_800,
    total_seconds: 30_600,
  },
];

describe("the next weekday at a time", () => {
  it("is in the calendar's zone", () => {
    const monday = Date.parse("2026-11-23T10:00:00Z");
    expect(nextAt(4, 990, "Europe/Berlin", monday)).toBe("2026-11-27T15:30:00.000Z");
  });

  it("is never today", () => {
    const friday = Date.parse("2026-11-27T10:00:00Z");
    expect(nextAt(4, 990, "UTC", friday)).toBe("2026-12-04T16:30:00.000Z");
  });
});

describe("working time on steps", () => {
  it("goes on after what is closed", () =>
    expect(instantAfter(steps, 14_400)).toBe("2026-11-30T12:30:00.000Z"));

  it("stays at a closing that it reaches", () =>
    expect(instantAfter(steps, 1800)).toBe("2026-11-27T17:00:00.000Z"));

  it("ends where the steps end", () => expect(instantAfter(steps, 99_999)).toBeNull());
});

describe("a clock to draw", () => {
  it("has the steps up to its deadline", () => {
    const at = "2026-11-27T16:30:00Z";
    const clock = exampleClock({ kind: "resolution", at, seconds: 14_400, steps });
    expect(clock?.deadline).toBe("2026-11-30T12:30:00.000Z");
    expect(clock?.steps.at(-1)?.to).toBe("2026-11-30T12:30:00.000Z");
  });
});
