import { type ReactNode, useEffect } from "react";
import classes from "./PageHeader.module.css";
import { setPageTitle } from "./title";

/** Names the browser's tab while the page is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    setPageTitle(`${title} · Incident & SLA Tracker`);
  }, [title]);
}

type Props = { title: string; actions?: ReactNode; children: ReactNode };

/** A page with a title bar and a scrolling body. */
export function Page({ title, actions, children }: Props) {
  useTitle(title);
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <h1>{title}</h1>
        <div className={classes.actions}>{actions}</div>
      </header>
      {/* Focusable, so that the keyboard can scroll a page of plain text. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <div className={classes.body} tabIndex={0}>
        {children}
      </div>
    </div>
  );
}
