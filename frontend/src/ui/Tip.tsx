/**
 * One tooltip for the whole page. Elements carry their words in `data-tip`; a list of
 * a thousand rows needs no thousand positioned components for it.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import classes from "./Tip.module.css";

const DELAY_MS = 350;
const GAP = 8;

type Side = "bottom" | "right";
type Shown = { target: HTMLElement; text: string; side: Side };

/** Props that give an element its tooltip. */
export function tip(text: string | undefined, side: Side = "bottom") {
  return text ? { "data-tip": text, "data-tip-side": side } : {};
}

export function TipLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  const layer = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (target: HTMLElement) =>
      setShown({
        target,
        text: target.dataset.tip ?? "",
        side: target.dataset.tipSide as Side,
      });
    const hide = () => {
      clearTimeout(timer);
      setShown(null);
    };
    const find = (event: Event) =>
      event.target instanceof Element
        ? event.target.closest<HTMLElement>("[data-tip]")
        : null;
    const onOver = (event: PointerEvent) => {
      // The pointer may rest on the tooltip itself, to read it.
      if (
        event.pointerType === "touch" ||
        layer.current?.contains(event.target as Node)
      )
        return;
      clearTimeout(timer);
      const target = find(event);
      if (target) timer = setTimeout(show, DELAY_MS, target);
      else setShown(null);
    };
    const onFocus = (event: FocusEvent) => {
      const target = find(event);
      if (target?.matches(":focus-visible")) show(target);
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    };
    document.addEventListener("pointerover", onOver);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("focusin", onFocus);
    document.addEventListener("focusout", hide);
    document.addEventListener("keydown", onKey);
    document.addEventListener("scroll", hide, true);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("pointerover", onOver);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("focusin", onFocus);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("scroll", hide, true);
    };
  }, []);

  useLayoutEffect(() => {
    const box = layer.current;
    if (!shown || !box) return;
    const anchor = shown.target.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const clamp = (v: number, max: number) => Math.min(Math.max(GAP, v), max - GAP);
    let left = anchor.left + (anchor.width - width) / 2;
    let top = anchor.bottom + GAP;
    if (shown.side === "right") {
      left = anchor.right + GAP;
      top = anchor.top + (anchor.height - height) / 2;
    } else if (top + height > window.innerHeight - GAP) {
      top = anchor.top - GAP - height;
    }
    box.style.left = `${clamp(left, window.innerWidth - width)}px`;
    box.style.top = `${clamp(top, window.innerHeight - height)}px`;
  }, [shown]);

  if (!shown?.text) return null;
  return createPortal(
    <div ref={layer} role="tooltip" className={classes.tip}>
      {shown.text}
    </div>,
    document.body,
  );
}
