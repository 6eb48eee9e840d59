import { type ReactNode, useId } from "react";
import classes from "./Editor.module.css";

type Props = {
  title: string;
  /** What the part is for, in a sentence. */
  hint?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
};

/** One part of an editor. */
export function Panel({ title, hint, action, children }: Props) {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <div className={classes.panelHead}>
        <div>
          <h2 id={id}>{title}</h2>
          {hint && <p className={classes.hint}>{hint}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
