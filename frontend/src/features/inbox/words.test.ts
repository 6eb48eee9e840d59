import { describe, expect, it } from "vitest";
import type { InboxItem } from "../../api/types";
import { countText, eventOf, subjectOf } from "./words";

const item: InboxItem = {
  id: "1",
  kind: "sla_breached",
  created_at: "2026-03-02T09:00:00Z",
  read_at: null,
  incident_id: "2",
  number: "INC-7",
  title: "Disk full",
  priority: "high",
  target: "response",
  deadline: "2026-03-02T09:00:00Z",
  name: null,
  by: null,
  who: null,
  what: null,
  status: null,
};

describe("a notification in words", () => {
  it("names the deadline that was missed", () => {
    expect(eventOf(item)).toBe("Response deadline missed");
    expect(subjectOf(item)).toBe("Disk full");
  });

  it("names who assigned an incident, or that a policy did", () => {
    const assigned = { ...item, kind: "incident_assigned" as const };
    expect(eventOf({ ...assigned, by: "Anna" })).toBe("Anna assigned this to you");
    expect(eventOf(assigned)).toBe("A policy assigned this to you");
  });

  it("names who mentioned one, and whether it was in a note", () => {
    const mentioned = { ...item, kind: "mentioned" as const, who: "Anna" };
    expect(eventOf({ ...mentioned, what: "public" })).toBe("Anna mentioned you");
    expect(eventOf({ ...mentioned, what: "internal" })).toBe(
      "Anna mentioned you in a note",
    );
  });

  it("tells what became of an incident that somebody watches", () => {
    const watched = { ...item, kind: "watched" as const };
    const of = (fields: Partial<InboxItem>) => eventOf({ ...watched, ...fields });
    expect(of({ what: "commented", who: "Anna" })).toBe("Anna commented");
    expect(of({ what: "status", status: "in_progress" })).toBe("Now in progress");
    expect(of({ what: "breached" })).toBe("Response deadline missed");
  });

  it("says something of a kind that it does not know", () => {
    const kind = "comet_seen" as InboxItem["kind"];
    expect(eventOf({ ...item, kind })).toBe("News of this incident");
  });
});

describe("the count of what is unread", () => {
  it("is nothing, a number, or as much as was counted", () => {
    expect([undefined, 0, 1, 99, 100].map(countText)).toEqual([
      "",
      "",
      "1",
      "99",
      "99+",
    ]);
  });
});
