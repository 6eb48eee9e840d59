/** One event stream for the page; what an event names is fetched again. */
import type { QueryClient } from "@tanstack/react-query";
import { EventSource } from "eventsource";
import { useSyncExternalStore } from "react";
import { syncServerTime } from "../ui/ticker";
import { clearSession, freshToken, refreshSession } from "./session";

export type Change = { kind: string; incident_id: string; number: string };

/** Of the person's own notifications, and of no incident. */
const INBOX = "inbox.changed";
/** Events are gathered this long, so that a storm costs one refetch. */
const GATHER_MS = 400;
/** The rail's counts may lag a little; they cost one query a view. */
const COUNTS_EVERY_MS = 4000;

/**
 * Changes that show on the incident's own page only. A new comment is none of them: the
 * first public one is the response, and stops a clock.
 */
function isQuiet({ kind }: Change): boolean {
  return (
    kind === INBOX ||
    kind.startsWith("attachment.") ||
    /^(links|watchers)\.changed$/.test(kind) ||
    /^comment\.(updated|deleted)$/.test(kind)
  );
}

/** Query keys that an event makes stale. Lists and counts are handled by the caller. */
export function staleKeys(change: Change): unknown[][] {
  if (change.kind === INBOX) return [["inbox"]];
  const keys: unknown[][] = [];
  for (const id of [change.incident_id, change.number]) {
    const incident = ["incident", id];
    if (change.kind.startsWith("attachment.")) keys.push([...incident, "attachments"]);
    if (change.kind === "links.changed") keys.push([...incident, "links"]);
    if (change.kind === "watchers.changed") keys.push([...incident, "watchers"]);
    keys.push([...incident, "timeline"]);
    if (!isQuiet(change)) {
      keys.push(
        [...incident, "detail"],
        [...incident, "sla"],
        [...incident, "explain"],
      );
    }
  }
  return keys;
}

type Status = "connecting" | "live" | "offline";
let status: Status = "connecting";
const listeners = new Set<() => void>();

function setStatus(next: Status): void {
  if (next === status) return;
  status = next;
  for (const listener of listeners) listener();
}

export function useLiveStatus(): Status {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => status,
  );
}

/** Applies changes to the cache, gathered and throttled. */
export function changeSink(client: QueryClient): (change: Change) => void {
  let pending: Change[] = [];
  let countsAt = 0;
  let countsPending = false;

  const refreshCounts = () => {
    countsPending = false;
    countsAt = Date.now();
    void client.invalidateQueries({ queryKey: ["incident-counts"] });
  };

  const flush = () => {
    const changes = pending;
    pending = [];
    const keys = new Map<string, unknown[]>();
    for (const change of changes)
      for (const key of staleKeys(change)) keys.set(JSON.stringify(key), key);
    for (const queryKey of keys.values()) void client.invalidateQueries({ queryKey });
    if (changes.every(isQuiet)) return;
    void client.invalidateQueries({ queryKey: ["incidents"] });
    if (countsPending) return;
    countsPending = true;
    setTimeout(refreshCounts, Math.max(0, countsAt + COUNTS_EVERY_MS - Date.now()));
  };

  return (change) => {
    pending.push(change);
    if (pending.length === 1) setTimeout(flush, GATHER_MS);
  };
}

/** Opens the stream; returns the function that closes it. */
export function connectLive(client: QueryClient): () => void {
  const source = new EventSource("/api/v1/events", { fetch: authorizedFetch });
  const sink = changeSink(client);
  let interrupted = false;

  const onTime = (event: MessageEvent<string>) => {
    const data = JSON.parse(event.data) as { server_time?: string };
    if (data.server_time) syncServerTime(data.server_time);
    setStatus("live");
  };
  source.addEventListener("hello", (event) => {
    onTime(event);
    // Events of the gap are lost: everything on screen is fetched again.
    if (interrupted) void client.invalidateQueries();
    interrupted = false;
  });
  source.addEventListener("ping", onTime);
  source.addEventListener("change", (event) => sink(JSON.parse(event.data) as Change));
  source.addEventListener("error", () => {
    interrupted = true;
    setStatus("offline");
  });
  return () => source.close();
}

type FetchInit = { headers: Record<string, string> };

async function authorizedFetch(url: string | URL, init: FetchInit) {
  const open = async () =>
    fetch(url, {
      ...init,
      headers: { ...init.headers, Authorization: `Bearer ${await freshToken()}` },
    });
  const response = await open();
  if (response.status !== 401) return response;
  if (!(await refreshSession())) {
    clearSession();
    return response;
  }
  return open();
}
