import { useLayoutEffect, useRef } from "react";
import classes from "./Markdown.module.css";
import { renderMarkdown } from "./markdown";

export default function Markdown({ text }: { text: string }) {
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => root.current?.replaceChildren(renderMarkdown(text)), [text]);
  return <div ref={root} className={classes.root} dir="auto" />;
}
