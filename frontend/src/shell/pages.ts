/** Every page of the menu, and who sees it there. */
import type { Role } from "../api/types";

export const PAGES = [
  { to: "/teams", label: "Teams", role: "agent", group: "Workspace" },
  { to: "/organizations", label: "Organizations", role: "agent", group: "Workspace" },
  { to: "/users", label: "Users", role: "agent", group: "Workspace" },
  { to: "/templates", label: "Templates", role: "agent", group: "Workspace" },
  { to: "/canned-replies", label: "Canned replies", role: "agent", group: "Workspace" },
  { to: "/policies", label: "SLA policies", role: "agent", group: "Promises" },
  { to: "/calendars", label: "Calendars", role: "agent", group: "Promises" },
  {
    to: "/maintenance-windows",
    label: "Maintenance",
    role: "agent",
    group: "Promises",
  },
  { to: "/pause-reasons", label: "Pause reasons", role: "agent", group: "Promises" },
  {
    to: "/late-pauses",
    label: "Late pauses",
    role: "manager",
    group: "Administration",
  },
  { to: "/engine", label: "Engine", role: "manager", group: "Administration" },
  {
    to: "/custom-fields",
    label: "Custom fields",
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/deliveries",
    label: "Delivery log",
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/audit-log",
    label: "Audit log",
    role: "administrator",
    group: "Administration",
  },
  {
    to: "/getting-started",
    label: "Getting started",
    role: "administrator",
    group: "Administration",
  },
] as const satisfies { to: string; label: string; role: Role; group: string }[];

export type PagePath = (typeof PAGES)[number]["to"];
