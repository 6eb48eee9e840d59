import { expect, it } from "vitest";
import { formatPeriod } from "./time";

it("a period names the day once when it is the same", () => {
  const words = (to: string) =>
    formatPeriod("2026-03-07T21:00:00Z", to, "Europe/Berlin", Date.UTC(2026, 2));
  expect(words("2026-03-07T22:30:00Z")).toBe("7 Mar, 22:00 – 23:30");
  expect(words("2026-03-08T01:00:00Z")).toBe("7 Mar, 22:00 – 8 Mar, 02:00");
});
