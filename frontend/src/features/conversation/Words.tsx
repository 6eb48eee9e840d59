import { lazy, Suspense } from "react";
import classes from "./Markdown.module.css";
import { plainMentions } from "./mentions";

const Markdown = lazy(() => import("./Markdown"));

/** What somebody wrote, in Markdown; as it was typed until that is at hand. */
export function Words({ text }: { text: string }) {
  return (
    <Suspense fallback={<div className={classes.plain}>{plainMentions(text)}</div>}>
      <Markdown text={text} />
    </Suspense>
  );
}
