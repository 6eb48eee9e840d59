/** One event stream for the page; what an event names is fetched again. */
import type { QueryClient } from "@tanstack/react-query";
import { EventSource } from "eventsource";
import { useSyncExternalStore } from "react";
import { syncServerTime } from "../ui/ticker";
import { clearSession, freshToken, refreshSession } from "./session";

export type Change = { kind: string; incident_id: string; number: string };

/** Of the person's own notifications, and of no incident. */
const INBOX = "inbox.changed";
/** Who looks at an incident, not what became of it. */
const PRESENCE = "presence.changed";
/** Events are gathered this long, so that a storm costs one refetch. */
const GATHER_MS = 400;
/** The rail's counts may lag a little; they cost one query a view. */
const COUNTS_EVERY_MS = 4000;
/** The server says something every 15 s; a stream silent for so long is a dead one. */
const SILENCE_MS = 35_000;
/** A stream that was refused does not come back by itself. */
const REFUSED_MS = 3_000;

/**
 * Changes that show on the incident's own page only. A new comment is none of them: the
 * first public one is the response, and stops a clock.
 */
function isQuiet({ kind }: Change): boolean {
  return (
    kind === INBOX ||
    kind === PRESENCE ||
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
    if (change.kind === PRESENCE) {
      keys.push([...incident, "presence"]);
      continue;
    }
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

/** What live events keep fresh, and what is shown may have been fetched before the first. */
const FOLLOWED = new Set<unknown>(["incident", "incidents", "inbox"]);

/**
 * Opens the stream, and again whenever it ends or falls silent; returns the function that
 * closes it. What changed in a gap is not told again: all on screen is fetched anew.
 */
export function connectLive(client: QueryClient): () => void {
  const sink = changeSink(client);
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heardAt = 0;
  let interrupted = false;

  const openIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(open, ms);
  };
  const onHeard = () => {
    heardAt = Date.now();
    openIn(SILENCE_MS);
  };
  const onLost = () => {
    interrupted = true;
    setStatus("offline");
  };
  const onTime = (event: MessageEvent<string>) => {
    onHeard();
    const data = JSON.parse(event.data) as { server_time?: string };
    if (data.server_time) syncServerTime(data.server_time);
    setStatus("live");
  };
  const onHello = (event: MessageEvent<string>) => {
    onTime(event);
    if (interrupted) void client.invalidateQueries();
    else
      void client.invalidateQueries({
        predicate: ({ queryKey, state }) =>
          FOLLOWED.has(queryKey[0]) && state.dataUpdatedAt > 0,
      });
    interrupted = false;
  };
  function open() {
    // It was silent, or it would not be opened again.
    if (source) onLost();
    source?.close();
    const stream = new EventSource("/api/v1/events", { fetch: authorizedFetch });
    source = stream;
    openIn(SILENCE_MS);
    stream.addEventListener("hello", onHello);
    stream.addEventListener("ping", onTime);
    stream.addEventListener("change", (event) => {
      onHeard();
      sink(JSON.parse(event.data) as Change);
    });
    stream.addEventListener("error", () => {
      onLost();
      if (stream.readyState === EventSource.CLOSED) openIn(REFUSED_MS);
    });
  }
  // A lid that is opened, or a phone that wakes up, need not wait for the silence to end.
  const onBack = () => {
    if (!document.hidden && Date.now() - heardAt > SILENCE_MS) open();
  };
  open();
  window.addEventListener("offline", onLost);
  window.addEventListener("online", open);
  document.addEventListener("visibilitychange", onBack);
  return () => {
    clearTimeout(timer);
    window.removeEventListener("offline", onLost);
    window.removeEventListener("online", open);
    document.removeEventListener("visibilitychange", onBack);
    source?.close();
  };
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
