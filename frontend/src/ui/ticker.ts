/**
 * One ticker for every countdown on the page, on the server's time. A component
 * re-renders only when the text it shows changes, not on every tick.
 */
import { useSyncExternalStore } from "react";

let offset = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

/** Milliseconds since the epoch by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** Learns the offset from a server time that has just arrived (half a round trip ago). */
export function syncServerTime(serverTime: string, roundTripMs = 0): void {
  const server = Date.parse(serverTime);
  if (Number.isNaN(server)) return;
  const next = server + roundTripMs / 2 - Date.now();
  // Small differences are network noise; following them would make seconds jump.
  if (Math.abs(next - offset) > 250) {
    offset = next;
    notify();
  }
}

function notify(): void {
  for (const listener of listeners) listener();
}

function schedule(): void {
  // Aligned to the server's whole second, so that all digits flip together.
  timer = setTimeout(
    () => {
      notify();
      schedule();
    },
    1000 - (((serverNow() % 1000) + 1000) % 1000),
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) schedule();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

/** Follows a value of the current time; `select` must return a primitive. */
export function useTick<T extends string | number | boolean>(
  select: (now: number) => T,
): T {
  return useSyncExternalStore(subscribe, () => select(serverNow()));
}
