import { t } from "@lingui/core/macro";
import type { UserRef } from "../api/types";
import classes from "./Avatar.module.css";

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = words[0]?.[0] ?? "?";
  const last = words.length > 1 ? (words.at(-1)?.[0] ?? "") : "";
  return (first + last).toUpperCase();
}

export function Avatar({ name }: { name: string | null }) {
  return (
    <span className={`${classes.avatar} ${name ? "" : classes.none}`} aria-hidden>
      {name ? initials(name) : ""}
    </span>
  );
}

/** A person's initials and name; `null` is nobody. */
export function Person({
  user,
  nobody = t`Unassigned`,
}: {
  user: UserRef | null;
  nobody?: string;
}) {
  return (
    <span className={classes.person}>
      <Avatar name={user?.name ?? null} />
      <span className={`${classes.name} ${user ? "" : "dim"}`}>
        {user?.name ?? nobody}
      </span>
    </span>
  );
}
