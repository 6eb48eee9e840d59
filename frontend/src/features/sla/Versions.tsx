import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";
import type { UserRef } from "../../api/types";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import { Changes } from "./Changes";
import type { Change } from "./changes";
import classes from "./Versions.module.css";

type Published = {
  version: number;
  created_at: string;
  created_by: UserRef | null;
  note?: string | null;
};

type Props<V extends Published> = {
  /** The newest first. */
  versions: V[];
  changesOf: (before: V, after: V) => Change[];
  actions?: (version: V) => ReactNode;
};

/** Every version: who, when, why, and what was different from the one before. */
export function Versions<V extends Published>({
  versions,
  changesOf,
  actions,
}: Props<V>) {
  return (
    <ol className={classes.versions} aria-label={t`Versions`}>
      {versions.map((version, i) => {
        const before = versions[i + 1];
        const changes = before ? changesOf(before, version) : [];
        return (
          <li key={version.version} className={classes.version}>
            <div className={classes.head}>
              <h3>
                {t`Version ${{ version: version.version }}`}
                {i === 0 && <span className={classes.current}>{t`in force`}</span>}
              </h3>
              <span className={classes.who}>
                <Person user={version.created_by} nobody={t`The first start`} />
                <Time at={version.created_at} />
              </span>
              {actions && <span className={classes.actions}>{actions(version)}</span>}
            </div>
            {version.note && <p className={classes.note}>{version.note}</p>}
            {changes.length > 0 ? (
              <Changes changes={changes} />
            ) : (
              <p className="dim">
                {before ? t`The same as the version before.` : t`As it began.`}
              </p>
            )}
          </li>
        );
      })}
    </ol>
  );
}
