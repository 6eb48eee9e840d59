import { describe, expect, it } from "vitest";
import { isPeriod, periodOf, periodWords } from "./periods";

describe("a stretch of time", () => {
  it("is a word, a span or days", () => {
    for (const text of ["today", "24h", "2w", "2026-11-23", "2026-11-01..2026-11-23"])
      expect(isPeriod(text)).toBe(true);
    for (const text of ["2026-11-01..", "..2026-11-23"])
      expect(isPeriod(text)).toBe(true);
  });

  it("is nothing else", () => {
    for (const text of ["", "..", "soon", "0d", "7y", "7", "2026-02-30", "20261101"])
      expect(isPeriod(text)).toBe(false);
    for (const text of ["2026-11-23..2026-11-01", "2026-11-012026-11-02", "today,7d"])
      expect(isPeriod(text)).toBe(false);
  });

  it("is told in words", () => {
    expect(["today", "24h", "1d", "2026-11-01"].map(periodWords)).toEqual([
      "Today",
      "Last 24 hours",
      "Last day",
      "1 Nov 2026",
    ]);
    expect(["2026-11-01..", "..2026-11-23"].map(periodWords)).toEqual([
      "Since 1 Nov 2026",
      "Until 23 Nov 2026",
    ]);
  });

  it("is written from two days", () => {
    expect(periodOf("2026-11-01", "2026-11-01")).toBe("2026-11-01");
    expect(periodOf("2026-11-01", undefined)).toBe("2026-11-01..");
    expect(periodOf(undefined, undefined)).toBeUndefined();
  });
});
