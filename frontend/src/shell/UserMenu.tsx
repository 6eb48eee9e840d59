import { t } from "@lingui/core/macro";
import { type ComponentProps, lazy, Suspense, useState } from "react";
import type { User } from "../api/types";
import { useUser } from "../api/useSession";
import { Avatar } from "../ui/Person";
import classes from "./Shell.module.css";

const load = () => import("./AccountMenu");
const AccountMenu = lazy(load);

export function UserMenu() {
  const user = useUser();
  const [wanted, setWanted] = useState(false);
  if (!user) return null;
  const closed = (
    <AccountButton user={user} onPointerEnter={load} onClick={() => setWanted(true)} />
  );
  if (!wanted) return closed;
  return (
    <Suspense fallback={closed}>
      <AccountMenu />
    </Suspense>
  );
}

export function AccountButton({
  user,
  ...props
}: ComponentProps<"button"> & { user: User }) {
  return (
    <button type="button" aria-haspopup="menu" {...props} className={classes.item}>
      <Avatar name={user.name} />
      <span className="sr-only">{t`Account:`} </span>
      <span className={classes.label}>{user.name}</span>
    </button>
  );
}
