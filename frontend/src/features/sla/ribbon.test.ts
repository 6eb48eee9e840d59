import { describe, expect, it } from "vitest";
import type { ExplainedClock } from "../../api/types";
import type { SetClock } from "./fuse";
import { buildRibbon } from "./ribbon";
import { localDay } from "./zone";

const HOUR = 3_600_000;

type Step = ExplainedClock["steps"][number];

const step = (
  kind: string,
  from: string,
  to: string,
  label: string | null = null,
): Step => ({
  kind,
  from,
  to,
  counted_seconds: kind === "work" ? (Date.parse(to) - Date.parse(from)) / 1000 : 0,
  total_seconds: 0,
  label,
  reason: kind === "paused" ? "awaiting_customer" : null,
  actor: null,
});

function clock(over: Partial<ExplainedClock>): SetClock<ExplainedClock> {
  return {
    kind: "resolution",
    status: "running",
    target_seconds: 36_000,
    started_at: "2026-03-02T09:00:00Z",
    deadline: "2026-03-03T11:00:00Z",
    projected_deadline: null,
    warn_at: null,
    stopped_at: null,
    breached_at: null,
    remaining_seconds: 1000,
    elapsed_seconds: 0,
    paused_seconds: 0,
    steps: [
      step("work", "2026-03-02T09:00:00Z", "2026-03-02T17:00:00Z"),
      step("closed", "2026-03-02T17:00:00Z", "2026-03-03T09:00:00Z"),
      step("work", "2026-03-03T09:00:00Z", "2026-03-03T11:00:00Z"),
    ],
    ...over,
  } as SetClock<ExplainedClock>;
}

const build = (over: Partial<ExplainedClock> = {}, asOf = "2026-03-02T12:00:00Z") =>
  buildRibbon({ clock: clock(over), timeZone: "UTC", asOf, answeredAt: null });

describe("local days", () => {
  it("are shorter and longer when the clocks change", () => {
    const length = (iso: string) => {
      const day = localDay(Date.parse(iso), "Europe/Berlin");
      return (day.end - day.start) / HOUR;
    };
    expect(length("2026-03-29T12:00:00Z")).toBe(23);
    expect(length("2026-10-25T12:00:00Z")).toBe(25);
    expect(length("2026-06-01T12:00:00Z")).toBe(24);
  });

  it("begin at the zone's midnight", () => {
    const day = localDay(Date.parse("2026-06-01T22:30:00Z"), "Europe/Berlin");
    expect(new Date(day.start).toISOString()).toBe("2026-06-01T22:00:00.000Z");
  });
});

describe("the ribbon", () => {
  it("has one strip for each day from start to deadline", () => {
    expect(build().days).toHaveLength(2);
  });

  it("cuts a step at midnight", () => {
    const [first, second] = build().days;
    expect(first?.segments.at(-1)).toMatchObject({ kind: "closed", to: 1 });
    expect(second?.segments[0]).toMatchObject({ kind: "closed", from: 0, to: 9 / 24 });
  });

  it("puts marks at their share of the day", () => {
    const [first, second] = build().days;
    expect(first?.marks.map((m) => [m.kind, m.at])).toEqual([
      ["created", 9 / 24],
      ["now", 0.5],
    ]);
    expect(second?.marks.map((m) => [m.kind, m.at])).toEqual([["deadline", 11 / 24]]);
  });

  it("gives marks that stand close a line each", () => {
    const marks = build({}, "2026-03-02T09:30:00Z").days[0]?.marks ?? [];
    expect(new Set(marks.map((m) => m.lane)).size).toBe(2);
  });

  it("shows the time after the deadline as overdue", () => {
    const day = build({}, "2026-03-03T15:00:00Z").days[1];
    expect(day?.segments.at(-1)).toMatchObject({
      kind: "overdue",
      from: 11 / 24,
      to: 15 / 24,
    });
  });

  it("marks where a paused clock would end if it resumed now", () => {
    const ribbon = build({
      status: "paused",
      deadline: null,
      projected_deadline: "2026-03-03T12:00:00Z",
    });
    expect(ribbon.days.at(-1)?.marks.map((m) => m.kind)).toEqual(["deadline"]);
  });

  it("has no now once the clock has stopped", () => {
    const ribbon = build({ status: "met", stopped_at: "2026-03-02T10:00:00Z" });
    const kinds = ribbon.days.flatMap((d) => d.marks.map((m) => m.kind));
    expect(kinds).toEqual(["created", "stopped", "deadline"]);
  });

  it("names the reason of a pause", () => {
    const steps = [step("paused", "2026-03-02T10:00:00Z", "2026-03-02T14:00:00Z")];
    expect(build({ steps }).days[0]?.segments[0]).toMatchObject({
      kind: "paused",
      label: "awaiting customer",
    });
  });

  it("shows both ends of a very long clock and counts the middle", () => {
    const ribbon = build({
      deadline: "2028-03-02T09:00:00Z",
      steps: [step("work", "2026-03-02T09:00:00Z", "2028-03-02T09:00:00Z")],
    });
    expect(ribbon.days.length).toBeLessThanOrEqual(29);
    expect(ribbon.skipped + ribbon.days.length).toBe(732);
    expect(ribbon.days.at(-1)?.marks.map((m) => m.kind)).toEqual(["deadline"]);
  });
});
