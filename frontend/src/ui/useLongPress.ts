import { type PointerEvent, useEffect, useRef } from "react";

const LONG_MS = 450;
const STILL_PX = 10;

/** A finger that rests on something; the tap that would follow is dropped. */
export function useLongPress(run: (target: HTMLElement) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = useRef({ x: 0, y: 0 });
  const pressed = useRef(false);
  const cancel = () => clearTimeout(timer.current);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      pressed.current = false;
      cancel();
      if (event.pointerType !== "touch") return;
      const target = event.currentTarget;
      start.current = { x: event.clientX, y: event.clientY };
      timer.current = setTimeout(() => {
        pressed.current = true;
        run(target);
      }, LONG_MS);
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      const { x, y } = start.current;
      if (Math.hypot(clientX - x, clientY - y) > STILL_PX) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    /** Whether the tap that ends here was a long press. */
    ended: () => {
      const was = pressed.current;
      pressed.current = false;
      return was;
    },
  };
}

export type LongPress = ReturnType<typeof useLongPress>;
