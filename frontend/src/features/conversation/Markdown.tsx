import { useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { InlineImage } from "../attachments/InlineImage";
import classes from "./Markdown.module.css";
import { pictureOf, renderMarkdown } from "./markdown";

export default function Markdown({ text }: { text: string }) {
  const root = useRef<HTMLDivElement>(null);
  const [places, setPlaces] = useState<Element[]>([]);
  useLayoutEffect(() => {
    root.current?.replaceChildren(renderMarkdown(text));
    setPlaces([...(root.current?.querySelectorAll("[data-picture]") ?? [])]);
  }, [text]);
  return (
    <>
      <div ref={root} className={classes.root} dir="auto" />
      {places.map((place, i) => {
        const { id, words } = pictureOf(place);
        return createPortal(<InlineImage id={id} words={words} />, place, `${id} ${i}`);
      })}
    </>
  );
}
