import { t } from "@lingui/core/macro";
import {
  IconBuilding,
  IconCalendarTime,
  IconForms,
  IconGauge,
  IconHeartbeat,
  IconHistory,
  IconHourglassLow,
  IconListDetails,
  IconMail,
  IconMessageBolt,
  IconRocket,
  IconStopwatch,
  IconTemplate,
  IconTool,
  IconUsers,
  IconUsersGroup,
  type TablerIcon,
} from "@tabler/icons-react";
import { isAtLeast, useUser } from "../api/useSession";
import { tip } from "../ui/Tip";
import { openMonitor } from "./monitor";
import { PageItem } from "./PageItem";
import { PAGE_GROUPS, PAGES, type PagePath } from "./pages";
import classes from "./Shell.module.css";

const ICONS: Record<PagePath, TablerIcon> = {
  "/teams": IconUsersGroup,
  "/organizations": IconBuilding,
  "/users": IconUsers,
  "/templates": IconTemplate,
  "/canned-replies": IconMessageBolt,
  "/policies": IconStopwatch,
  "/calendars": IconCalendarTime,
  "/maintenance-windows": IconTool,
  "/pause-reasons": IconListDetails,
  "/late-pauses": IconHourglassLow,
  "/engine": IconHeartbeat,
  "/custom-fields": IconForms,
  "/deliveries": IconMail,
  "/audit-log": IconHistory,
  "/getting-started": IconRocket,
};

/** The rail below the views; the queue's first paint does without it. */
export default function RailPages({ collapsed }: { collapsed: boolean }) {
  const user = useUser();
  const pages = PAGES.filter((page) => isAtLeast(user, page.role));
  return [...Map.groupBy(pages, (page) => page.group)].map(([group, members]) => (
    <div key={group}>
      <div className={classes.heading}>{PAGE_GROUPS[group]}</div>
      {members.map(({ to, label }) => (
        <PageItem
          key={to}
          to={to}
          icon={ICONS[to]}
          label={label}
          collapsed={collapsed}
        />
      ))}
      {group === "Administration" && user?.role === "administrator" && (
        <button
          type="button"
          {...tip(collapsed ? t`Job monitor` : undefined, "right")}
          className={classes.item}
          onClick={openMonitor}
        >
          <IconGauge size={18} stroke={1.75} aria-hidden />
          <span className={classes.label}>{t`Job monitor`}</span>
        </button>
      )}
    </div>
  ));
}
