/** Single-key shortcuts and two-key sequences (`g q`); they never fire while typing. */
import { useEffect, useRef } from "react";

export type Hotkey = {
  /** One key (`c`, `?`, `Escape`) or two in a row (`g q`). */
  keys: string;
  label: string;
  group: "Go to" | "Queue" | "Incident" | "Everywhere";
  run: () => void;
};

const SEQUENCE_MS = 1000;
const registered = new Set<{ current: Hotkey[] }>();
let prefix = "";
let prefixTimer: ReturnType<typeof setTimeout> | undefined;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role=listbox], [role=menu]") !== null
  );
}

const dialogIsOpen = () => document.querySelector("[role=dialog]") !== null;

/** A dialog that Escape closes is gone by the time that the key arrives here. */
let dialogWasOpen = false;
const onKeyDownFirst = () => {
  dialogWasOpen = dialogIsOpen();
};

function onKeyDown(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || dialogWasOpen) return;
  const pressed = prefix ? `${prefix} ${event.key}` : event.key;
  clearTimeout(prefixTimer);
  prefix = "";
  // The newest comes first: a page may take a key over from the frame around it.
  const all = [...registered].reverse().flatMap((ref) => ref.current);
  const match = all.find((h) => h.keys === pressed);
  if (match) {
    event.preventDefault();
    match.run();
  } else if (all.some((h) => h.keys.startsWith(`${event.key} `))) {
    prefix = event.key;
    prefixTimer = setTimeout(() => {
      prefix = "";
    }, SEQUENCE_MS);
  }
}

/** Adds shortcuts while the component is on screen. */
export function useHotkeys(hotkeys: Hotkey[]): void {
  const ref = useRef(hotkeys);
  ref.current = hotkeys;
  useEffect(() => {
    if (registered.size === 0) {
      window.addEventListener("keydown", onKeyDownFirst, { capture: true });
      document.addEventListener("keydown", onKeyDown);
    }
    registered.add(ref);
    return () => {
      registered.delete(ref);
      if (registered.size > 0) return;
      window.removeEventListener("keydown", onKeyDownFirst, { capture: true });
      document.removeEventListener("keydown", onKeyDown);
    };
  }, []);
}

/** The shortcuts that work right now, for the help. */
export function currentHotkeys(): Hotkey[] {
  const seen = new Map<string, Hotkey>();
  for (const ref of registered)
    for (const hotkey of ref.current) seen.set(hotkey.keys, hotkey);
  return [...seen.values()];
}
