import { describe, expect, it } from "vitest";
import { formatTarget } from "../../ui/time";
import { formatDuration, parseDuration } from "./duration";

describe("typed durations", () => {
  it.each([
    ["30m", 1800],
    ["4 h", 14_400],
    ["1d 12h", 129_600],
    ["1.5 h", 5400],
    ["90", 5400],
    ["45 S", 45],
  ])("%s is %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "soon", "0", "-4 h", "4 h later", "4 x"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it.each([3600, 5400, 14_400, 86_400, 259_200, 604_800, 12])(
    "%d survives being shown and typed again",
    (seconds) => {
      expect(parseDuration(formatTarget(seconds))).toBe(seconds);
    },
  );
});

describe("a duration to edit", () => {
  it.each([
    [1800, "30 m"],
    [86_400, "24 h"],
    [7 * 86_400, "7 d"],
    [5430, "1 h 30 m 30 s"],
  ])("%d s is %s, and reads back", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
    expect(parseDuration(text)).toBe(seconds);
  });
});
