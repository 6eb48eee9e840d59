import { t } from "@lingui/core/macro";
import { IconBell } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ComponentProps, lazy, Suspense, useEffect, useState } from "react";
import shell from "../../shell/Shell.module.css";
import { tip } from "../../ui/Tip";
import { setTitleBadge } from "../../ui/title";
import classes from "./Inbox.module.css";
import { unreadQuery } from "./queries";
import { countText } from "./words";

const load = () => import("./InboxPopover");
const InboxPopover = lazy(load);

/** The bell in the rail: a list beside it. */
export function Bell({ collapsed }: { collapsed: boolean }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <BellButton
      collapsed={collapsed}
      {...tip(collapsed ? t`Notifications (g n)` : t`Press g n`, "right")}
      onPointerEnter={load}
      onClick={() => setWanted(true)}
    />
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <InboxPopover collapsed={collapsed} />
    </Suspense>
  );
}

type ButtonProps = ComponentProps<"button"> & { collapsed: boolean };

export function BellButton({ collapsed, ...props }: ButtonProps) {
  return (
    <button type="button" aria-haspopup="dialog" {...props} className={shell.item}>
      <BellWords label={shell.label} compact={collapsed} />
    </button>
  );
}

/** The bell where there is no room for a list: on phones. */
export function BellLink() {
  return (
    <Link to="/notifications">
      <BellWords compact />
    </Link>
  );
}

/** With little room, a dot stands for the count. */
function BellWords({ label, compact }: { label?: string; compact: boolean }) {
  const count = countText(useQuery(unreadQuery).data);
  return (
    <>
      <span className={classes.bell}>
        <IconBell size={label ? 18 : 20} stroke={1.75} aria-hidden />
        {count && compact && <span className={classes.mark} aria-hidden />}
      </span>
      <span className={label}>{t`Notifications`}</span>
      <span className={compact ? "sr-only" : classes.count} role="status">
        {count}
        {count && <span className="sr-only"> {t`unread`}</span>}
      </span>
    </>
  );
}

/** Shows in the tab's title how much there is to read. */
export function useTitleBadge(): void {
  const count = countText(useQuery(unreadQuery).data);
  useEffect(() => {
    setTitleBadge(count);
    return () => setTitleBadge("");
  }, [count]);
}
