import type { TablerIcon } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { tip } from "../ui/Tip";
import type { PagePath } from "./pages";
import classes from "./Shell.module.css";

type Props = {
  to: PagePath | "/tokens";
  icon: TablerIcon;
  label: string;
  collapsed: boolean;
};

/** A page in the rail. */
export function PageItem({ to, icon: Icon, label, collapsed }: Props) {
  const active = useLocation({ select: (l) => `${l.pathname}/`.startsWith(`${to}/`) });
  return (
    <Link
      {...tip(collapsed ? label : undefined, "right")}
      to={to}
      className={classes.item}
      data-active={active}
      aria-current={active ? "page" : undefined}
    >
      <Icon size={18} stroke={1.75} aria-hidden />
      <span className={classes.label}>{label}</span>
    </Link>
  );
}
