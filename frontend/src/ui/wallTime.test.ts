import { describe, expect, it } from "vitest";
import { fromWallTime, fullHour, toWallTime } from "./wallTime";

describe("wall times in fields", () => {
  it("are those of the person's zone", () => {
    expect(toWallTime("2026-07-01T20:30:00Z", "Europe/Berlin")).toBe(
      "2026-07-01T22:30",
    );
    expect(fromWallTime("2026-07-01T22:30", "Europe/Berlin")).toBe(
      "2026-07-01T20:30:00.000Z",
    );
  });

  it("come back as they were on the days on which the clocks change", () => {
    for (const text of ["2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T03:00"]) {
      const iso = fromWallTime(text, "Europe/Berlin") as string;
      expect(toWallTime(iso, "Europe/Berlin")).toBe(text);
    }
  });

  it("are nothing while the field is not filled in", () => {
    expect(fromWallTime("", "UTC")).toBeNull();
    expect(fromWallTime("2026-13-41T00:00", "UTC")).toBeNull();
  });

  it("begin at a full hour", () => {
    expect(fullHour(Date.parse("2026-03-02T11:12:00Z"), 1)).toBe(
      "2026-03-02T13:00:00.000Z",
    );
  });
});
