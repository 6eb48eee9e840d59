import { t } from "@lingui/core/macro";
import type { Role } from "../api/types";

/** What roles are called within a sentence. */
export const ROLE_NAMES: Record<Role, string> = {
  reporter: t`reporter`,
  agent: t`agent`,
  manager: t`manager`,
  administrator: t`administrator`,
};
