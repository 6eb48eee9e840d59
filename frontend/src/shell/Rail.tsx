import { Kbd, Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconAt,
  IconCircleCheck,
  IconClockExclamation,
  IconGauge,
  IconInbox,
  IconKey,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMail,
  IconPlayerPause,
  IconSearch,
  IconStopwatch,
  IconUserOff,
  IconUsers,
  IconUsersGroup,
  type TablerIcon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { isAtLeast, useUser } from "../api/useSession";
import {
  parseFilters,
  sameFilters,
  VIEWS,
  type View,
} from "../features/incidents/filters";
import { incidentCountQuery } from "../features/incidents/queries";
import { useShell } from "./context";
import { openMonitor } from "./monitor";
import classes from "./Shell.module.css";
import { UserMenu } from "./UserMenu";

const VIEW_ICONS: Record<string, TablerIcon> = {
  open: IconInbox,
  mine: IconAt,
  unassigned: IconUserOff,
  "at-risk": IconClockExclamation,
  breached: IconAlertTriangle,
  paused: IconPlayerPause,
  resolved: IconCircleCheck,
};

type Props = { collapsed: boolean; onToggle?: () => void };

export function Rail({ collapsed, onToggle }: Props) {
  const user = useUser();
  const { openPalette } = useShell();
  const agent = isAtLeast(user, "agent");
  const views = VIEWS.filter((v) => agent || !v.filters.assignee);
  return (
    <nav className={`${classes.rail} no-print`} aria-label="Main">
      <Link to="/" className={classes.brand}>
        <img src="/assets/icon.svg" alt="" />
        <span className={classes.label}>Incident &amp; SLA</span>
      </Link>
      <Hint label="Search and commands" off={!collapsed}>
        <button
          type="button"
          className={classes.search}
          onClick={openPalette}
          aria-label="Search and commands"
        >
          <IconSearch size={16} stroke={1.75} aria-hidden />
          <span className={classes.label}>Search…</span>
          <Kbd size="xs">Ctrl K</Kbd>
        </button>
      </Hint>
      {views.map((view) => (
        <ViewItem key={view.id} view={view} collapsed={collapsed} />
      ))}
      {agent && (
        <>
          <div className={classes.heading}>Workspace</div>
          <PageItem
            to="/teams"
            icon={IconUsersGroup}
            label="Teams"
            collapsed={collapsed}
          />
          <PageItem
            to="/policies"
            icon={IconStopwatch}
            label="SLA policies"
            collapsed={collapsed}
          />
          <PageItem to="/users" icon={IconUsers} label="Users" collapsed={collapsed} />
        </>
      )}
      {user?.role === "administrator" && (
        <>
          <div className={classes.heading}>Administration</div>
          <PageItem
            to="/deliveries"
            icon={IconMail}
            label="Delivery log"
            collapsed={collapsed}
          />
          <Hint label="Job monitor" off={!collapsed}>
            <button type="button" className={classes.item} onClick={openMonitor}>
              <IconGauge size={18} stroke={1.75} aria-hidden />
              <span className={classes.label}>Job monitor</span>
            </button>
          </Hint>
        </>
      )}
      <div className={classes.foot}>
        {agent && (
          <PageItem
            to="/tokens"
            icon={IconKey}
            label="API tokens"
            collapsed={collapsed}
          />
        )}
        {onToggle && (
          <Hint label={collapsed ? "Expand the rail" : "Collapse the rail"}>
            <button
              type="button"
              className={classes.item}
              onClick={onToggle}
              aria-label={collapsed ? "Expand the rail" : "Collapse the rail"}
            >
              {collapsed ? (
                <IconLayoutSidebarLeftExpand size={18} stroke={1.75} aria-hidden />
              ) : (
                <IconLayoutSidebarLeftCollapse size={18} stroke={1.75} aria-hidden />
              )}
              <span className={classes.label}>Collapse</span>
            </button>
          </Hint>
        )}
        <UserMenu />
      </div>
    </nav>
  );
}

function ViewItem({ view, collapsed }: { view: View; collapsed: boolean }) {
  const active = useLocation({
    select: (l) =>
      l.pathname === "/incidents" && sameFilters(parseFilters(l.search), view.filters),
  });
  const { data: count } = useQuery(incidentCountQuery(view.filters));
  const Icon = VIEW_ICONS[view.id] ?? IconInbox;
  return (
    <Hint label={collapsed ? `${view.label} (${view.keys})` : `Press ${view.keys}`}>
      <Link
        to="/incidents"
        search={view.filters}
        className={classes.item}
        data-active={active}
        aria-current={active ? "page" : undefined}
        aria-label={count === undefined ? view.label : `${view.label}, ${count}`}
      >
        <Icon size={18} stroke={1.75} aria-hidden />
        <span className={classes.label}>{view.label}</span>
        <span className={classes.count}>{count?.toLocaleString("en")}</span>
      </Link>
    </Hint>
  );
}

type PageItemProps = {
  to: "/teams" | "/policies" | "/users" | "/deliveries" | "/tokens";
  icon: TablerIcon;
  label: string;
  collapsed: boolean;
};

function PageItem({ to, icon: Icon, label, collapsed }: PageItemProps) {
  const active = useLocation({ select: (l) => l.pathname === to });
  return (
    <Hint label={label} off={!collapsed}>
      <Link
        to={to}
        className={classes.item}
        data-active={active}
        aria-current={active ? "page" : undefined}
        aria-label={label}
      >
        <Icon size={18} stroke={1.75} aria-hidden />
        <span className={classes.label}>{label}</span>
      </Link>
    </Hint>
  );
}

function Hint({
  label,
  off,
  children,
}: {
  label: string;
  off?: boolean;
  children: ReactNode;
}) {
  return (
    <Tooltip label={label} position="right" openDelay={500} disabled={off}>
      {children}
    </Tooltip>
  );
}
