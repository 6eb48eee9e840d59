import { t } from "@lingui/core/macro";
import { IconArrowRight } from "@tabler/icons-react";
import classes from "./Changes.module.css";
import type { Change } from "./changes";

/** A list of what was, and what is now. */
export function Changes({ changes }: { changes: Change[] }) {
  return (
    <dl className={classes.changes}>
      {changes.map(({ what, before, after }) => (
        <div key={what} className={classes.change}>
          <dt>{what}</dt>
          <dd>
            {before !== null && (
              <del>
                <span className="sr-only">{t`was`} </span>
                {before}
              </del>
            )}
            {before !== null && after !== null && (
              <IconArrowRight size={14} stroke={1.75} aria-hidden />
            )}
            {after !== null && (
              <ins>
                <span className="sr-only">{t`is now`} </span>
                {after}
              </ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
