/** Every page of the menu, and who sees it there. */
import { t } from "@lingui/core/macro";
import type { Role } from "../api/types";

export const PAGES = [
  { to: "/teams", label: t`Teams`, role: "agent", group: "Workspace" },
  { to: "/organizations", label: t`Organizations`, role: "agent", group: "Workspace" },
  { to: "/users", label: t`Users`, role: "agent", group: "Workspace" },
  { to: "/templates", label: t`Templates`, role: "agent", group: "Workspace" },
  {
    to: "/canned-replies",
    label: t`Canned replies`,
    role: "agent",
    group: "Workspace",
  },
  { to: "/policies", label: t`SLA policies`, role: "agent", group: "Promises" },
  { to: "/calendars", label: t`Calendars`, role: "agent", group: "Promises" },
  {
    to: "/maintenance-windows",
    label: t`Maintenance`,
    role: "agent",
    group: "Promises",
  },
  { to: "/pause-reasons", label: t`Pause reasons`, role: "agent", group: "Promises" },
  {
    to: "/late-pauses",
    label: t`Late pauses`,
    role: "manager",
    group: "Administration",
  },
  { to: "/engine", label: t`Engine`, role: "manager", group: "Administration" },
  {
    to: "/custom-fields",
    label: t`Custom fields`,
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/deliveries",
    label: t`Delivery log`,
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/audit-log",
    label: t`Audit log`,
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/getting-started",
    label: t`Getting started`,
    role: "administrator",
    group: "Administration",
  },
] as const satisfies { to: string; label: string; role: Role; group: string }[];

/** What their groups are called. */
export const PAGE_GROUPS = {
  Workspace: t`Workspace`,
  Promises: t`Promises`,
  Administration: t`Administration`,
};

export type PagePath = (typeof PAGES)[number]["to"];
