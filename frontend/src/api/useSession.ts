import { useSyncExternalStore } from "react";
import { getSession, subscribeSession } from "./session";
import type { Role, User } from "./types";

export function useSession() {
  return useSyncExternalStore(subscribeSession, getSession);
}

/** The signed-in user; only for pages behind the sign-in. */
export function useUser(): User | null {
  const session = useSession();
  return session.status === "signed-in" ? session.user : null;
}

/** The zone in which times are shown. */
export function useTimeZone(): string {
  return (
    useUser()?.timezone || Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"
  );
}

const RANK: Record<Role, number> = {
  reporter: 0,
  agent: 1,
  manager: 2,
  administrator: 3,
};

export function isAtLeast(user: User | null, role: Role): boolean {
  return user !== null && RANK[user.role] >= RANK[role];
}
