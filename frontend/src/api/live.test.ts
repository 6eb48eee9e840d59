import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { changeSink, staleKeys } from "./live";

const change = (kind: string) => ({ kind, incident_id: "id-1", number: "INC-1" });

const KEYS = {
  detail: ["incident", "INC-1", "detail"],
  timeline: ["incident", "INC-1", "timeline"],
  attachments: ["incident", "INC-1", "attachments"],
  presence: ["incident", "INC-1", "presence"],
  other: ["incident", "INC-2", "detail"],
  list: ["incidents", { status: "open" }],
  counts: ["incident-counts", { status: "open" }],
} as const;

let client: QueryClient;

beforeEach(() => {
  vi.useFakeTimers();
  client = new QueryClient();
  for (const key of Object.values(KEYS)) client.setQueryData(key, {});
});

function stale(): string[] {
  return Object.entries(KEYS)
    .filter(([, key]) => client.getQueryState(key)?.isInvalidated)
    .map(([name]) => name);
}

describe("live changes", () => {
  it("make the incident, the lists and the counts stale", () => {
    changeSink(client)(change("sla.breached"));
    vi.advanceTimersByTime(500);
    expect(stale()).toEqual(["detail", "timeline", "list", "counts"]);
  });

  it("of a new comment touch the clocks, because it may be the response", () => {
    changeSink(client)(change("comment.created"));
    vi.advanceTimersByTime(500);
    expect(stale()).toEqual(["detail", "timeline", "list", "counts"]);
  });

  it("of an edited comment touch the timeline only", () => {
    changeSink(client)(change("comment.updated"));
    vi.advanceTimersByTime(500);
    expect(stale()).toEqual(["timeline"]);
  });

  it("of a file touch the files too", () => {
    expect(staleKeys(change("attachment.created"))).toContainEqual(KEYS.attachments);
  });

  it("of who looks touch nothing but who looks", () => {
    changeSink(client)(change("presence.changed"));
    vi.advanceTimersByTime(500);
    expect(stale()).toEqual(["presence"]);
  });

  it("in a storm cost one refetch", () => {
    const invalidate = vi.spyOn(client, "invalidateQueries");
    const sink = changeSink(client);
    for (let i = 0; i < 200; i++) sink(change("incident.updated"));
    vi.advanceTimersByTime(500);
    const lists = invalidate.mock.calls.filter(
      ([filters]) => filters?.queryKey?.[0] === "incidents",
    );
    expect(lists).toHaveLength(1);
  });

  it("that keep coming refresh the counts rarely", () => {
    const invalidate = vi.spyOn(client, "invalidateQueries");
    const sink = changeSink(client);
    for (let second = 0; second < 12; second++) {
      sink(change("incident.updated"));
      vi.advanceTimersByTime(1000);
    }
    const counts = invalidate.mock.calls.filter(
      ([filters]) => filters?.queryKey?.[0] === "incident-counts",
    );
    expect(counts.length).toBeGreaterThan(1);
    expect(counts.length).toBeLessThanOrEqual(4);
  });
});
