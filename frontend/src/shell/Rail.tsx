import { t } from "@lingui/core/macro";
import {
  IconAlertTriangle,
  IconAt,
  IconCircleCheck,
  IconClockExclamation,
  IconInbox,
  IconKey,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconPlayerPause,
  IconSearch,
  IconUserOff,
  type TablerIcon,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { isAtLeast, useUser } from "../api/useSession";
import { Bell } from "../features/inbox/Bell";
import { VIEWS } from "../features/incidents/filters";
import { tip } from "../ui/Tip";
import { useShell } from "./context";
import { PageItem } from "./PageItem";
import classes from "./Shell.module.css";
import { UserMenu } from "./UserMenu";
import { ViewItem } from "./ViewItem";

const RailPages = lazy(() => import("./RailPages"));
const RailViews = lazy(() => import("./RailViews"));

const VIEW_ICONS: Record<string, TablerIcon> = {
  open: IconInbox,
  mine: IconAt,
  unassigned: IconUserOff,
  "at-risk": IconClockExclamation,
  breached: IconAlertTriangle,
  paused: IconPlayerPause,
  resolved: IconCircleCheck,
};

/** Without `onToggle` it stands in a drawer, which has its own frame and title. */
type Props = { collapsed: boolean; onToggle?: () => void };

export function Rail({ collapsed, onToggle }: Props) {
  const user = useUser();
  const { openPalette } = useShell();
  const agent = isAtLeast(user, "agent");
  const views = VIEWS.filter((v) => agent || !v.filters.assignee);
  return (
    <nav
      className={`${classes.rail} ${onToggle ? "" : classes.inDrawer} no-print`}
      aria-label={t`Main`}
    >
      <Link to="/" className={classes.brand}>
        <img src="/assets/icon.svg" alt="" />
        <span className={classes.label}>Incident &amp; SLA</span>
      </Link>
      <button
        type="button"
        {...tip(collapsed ? t`Search and commands` : undefined, "right")}
        className={classes.search}
        onClick={openPalette}
      >
        <IconSearch size={16} stroke={1.75} aria-hidden />
        <span className={classes.label}>{t`Search…`}</span>
        <kbd aria-hidden>Ctrl K</kbd>
      </button>
      {onToggle && <Bell collapsed={collapsed} />}
      {views.map((view) => (
        <ViewItem
          key={view.id}
          {...view}
          icon={VIEW_ICONS[view.id] ?? IconInbox}
          collapsed={collapsed}
        />
      ))}
      <Suspense>
        <RailViews collapsed={collapsed} />
        {agent && <RailPages collapsed={collapsed} />}
      </Suspense>
      <div className={classes.foot}>
        {agent && (
          <PageItem
            to="/tokens"
            icon={IconKey}
            label={t`API tokens`}
            collapsed={collapsed}
          />
        )}
        {onToggle && (
          <button
            type="button"
            {...tip(collapsed ? t`Expand the rail` : undefined, "right")}
            className={classes.item}
            onClick={onToggle}
          >
            {collapsed ? (
              <IconLayoutSidebarLeftExpand size={18} stroke={1.75} aria-hidden />
            ) : (
              <IconLayoutSidebarLeftCollapse size={18} stroke={1.75} aria-hidden />
            )}
            <span className={classes.label}>{collapsed ? t`Expand` : t`Collapse`}</span>
          </button>
        )}
        <UserMenu />
      </div>
    </nav>
  );
}
