import { describe, expect, it } from "vitest";
import type { ExplainedClock } from "../../api/types";
import type { SetClock } from "./fuse";
import { buildRibbon, type Calm, type Day, stretchWords } from "./ribbon";
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
    marks: [],
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

/** The days that are drawn, each stretch with its kind. */
function drawn(...args: Parameters<typeof build>) {
  const { rows, stretches } = build(...args);
  return rows
    .filter((row): row is Day => row.type === "day")
    .map((day) => ({
      ...day,
      segments: day.segments.map((s) => ({ ...s, kind: stretches[s.stretch]?.kind })),
    }));
}

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
    expect(drawn()).toHaveLength(2);
  });

  it("cuts a stretch at midnight, and says where it begins", () => {
    const [first, second] = drawn();
    expect(first?.segments.at(-1)).toMatchObject({
      kind: "closed",
      to: 1,
      first: true,
    });
    expect(second?.segments[0]).toMatchObject({
      kind: "closed",
      from: 0,
      to: 9 / 24,
      first: false,
    });
  });

  it("puts marks at their share of the day", () => {
    const [first, second] = drawn();
    expect(first?.marks.map((m) => [m.kind, m.at])).toEqual([
      ["created", 9 / 24],
      ["now", 0.5],
    ]);
    expect(second?.marks.map((m) => [m.kind, m.at])).toEqual([["deadline", 11 / 24]]);
  });

  it("marks every warning and escalation with what it is", () => {
    const marks: ExplainedClock["marks"] = [
      { type: "warned", at: "2026-03-02T14:00:00Z", percent: 50 },
      { type: "warned", at: "2026-03-03T10:00:00Z", seconds_before: 3600 },
      { type: "escalated", at: "2026-03-03T10:30:00Z", name: "Call the lead" },
    ];
    expect(
      drawn({ marks })
        .flatMap((day) => day.marks.map((m) => m.words))
        .slice(2),
    ).toEqual([
      "warning, 50 %",
      "warning, 1 h before",
      "escalation: Call the lead",
      "deadline",
    ]);
  });

  it("gives marks that stand close a line each", () => {
    const marks = drawn({}, "2026-03-02T09:30:00Z")[0]?.marks ?? [];
    expect(new Set(marks.map((m) => m.lane)).size).toBe(2);
  });

  it("turns words round that would leave the day at its end", () => {
    const day = drawn({}, "2026-03-02T23:30:00Z")[0];
    expect(day?.marks.map((m) => m.flipped)).toEqual([false, true]);
  });

  it("shows the time after the deadline as overdue", () => {
    expect(drawn({}, "2026-03-03T15:00:00Z")[1]?.segments.at(-1)).toMatchObject({
      kind: "overdue",
      from: 11 / 24,
      to: 15 / 24,
    });
  });

  it("marks where a paused clock would end if it resumed now", () => {
    const days = drawn({
      status: "paused",
      deadline: null,
      projected_deadline: "2026-03-03T12:00:00Z",
    });
    expect(days.at(-1)?.marks.map((m) => m.words)).toEqual(["deadline if resumed now"]);
  });

  it("has no now once the clock has stopped", () => {
    const days = drawn({ status: "met", stopped_at: "2026-03-02T10:00:00Z" });
    const kinds = days.flatMap((d) => d.marks.map((m) => m.kind));
    expect(kinds).toEqual(["created", "stopped", "deadline"]);
  });
});

describe("a stretch in words", () => {
  const words = (over: Partial<Step>) => {
    const steps = [
      { ...step("paused", "2026-03-02T10:00:00Z", "2026-03-02T14:00:00Z"), ...over },
    ];
    const [first] = build({ steps }).stretches;
    return first && stretchWords(first);
  };

  it("names the reason of a pause, and who paused", () => {
    const actor = { id: "1", name: "Anna" };
    expect(words({ actor })).toBe("Paused: awaiting customer by Anna");
  });

  it("names the maintenance window", () => {
    const reason = "maintenance:0190";
    expect(words({ reason, label: "Patch day" })).toBe("Maintenance: Patch day");
  });

  it("names the holiday", () => {
    expect(words({ kind: "holiday", label: "Epiphany", reason: null })).toBe(
      "Holiday: Epiphany",
    );
  });

  it("tells the time between a resolve and a reopen", () => {
    expect(words({ reason: "resolved" })).toBe("Resolved, then reopened");
  });
});

describe("calm days", () => {
  const week = (deadline: string, steps: Step[]) => build({ deadline, steps });

  it("are told in a line, with what counts in them", () => {
    const { rows } = week("2026-03-09T09:00:00Z", [
      step("work", "2026-03-02T09:00:00Z", "2026-03-05T09:00:00Z"),
      step("closed", "2026-03-05T09:00:00Z", "2026-03-09T09:00:00Z"),
    ]);
    expect(rows.map((row) => row.type)).toEqual(["day", "calm", "day"]);
    const calm = rows[1] as Calm;
    expect(calm.days).toHaveLength(6);
    expect([calm.working, calm.counted]).toEqual([3, 57 * 3600]);
  });

  it("are drawn when they are few", () => {
    const { rows } = week("2026-03-05T09:00:00Z", [
      step("work", "2026-03-02T09:00:00Z", "2026-03-05T09:00:00Z"),
    ]);
    expect(rows.map((row) => row.type)).toEqual(["day", "day", "day", "day"]);
  });

  it("end where something happens", () => {
    const { rows } = week("2026-03-12T09:00:00Z", [
      step("work", "2026-03-02T09:00:00Z", "2026-03-06T10:00:00Z"),
      step("paused", "2026-03-06T10:00:00Z", "2026-03-06T11:00:00Z"),
      step("work", "2026-03-06T11:00:00Z", "2026-03-12T09:00:00Z"),
    ]);
    expect(rows.map((row) => row.type)).toEqual(["day", "calm", "day", "calm", "day"]);
  });

  it("make ten years short", () => {
    const { rows } = week("2036-03-02T09:00:00Z", [
      step("work", "2026-03-02T09:00:00Z", "2036-03-02T09:00:00Z"),
    ]);
    expect(rows.map((row) => row.type)).toEqual(["day", "calm", "day"]);
    expect((rows[1] as Calm).days).toHaveLength(3652);
  });
});
