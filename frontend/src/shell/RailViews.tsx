import { t } from "@lingui/core/macro";
import { IconBookmark, IconBookmarks } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { viewsQuery } from "../features/views/queries";
import { filtersOf } from "../features/views/views";
import classes from "./Shell.module.css";
import { ViewItem } from "./ViewItem";

/** Saved views in the rail: those of all agents, then one's own. */
export default function RailViews({ collapsed }: { collapsed: boolean }) {
  const { data: views = [] } = useQuery(viewsQuery);
  const groups = Map.groupBy(views, (view) =>
    view.shared ? t`Shared views` : t`My views`,
  );
  return [...groups].map(([group, members]) => (
    <section key={group} aria-label={group}>
      <div className={classes.heading}>{group}</div>
      {members.map((view) => (
        <ViewItem
          key={view.id}
          id={view.id}
          label={view.name}
          filters={filtersOf(view)}
          icon={view.shared ? IconBookmarks : IconBookmark}
          collapsed={collapsed}
        />
      ))}
    </section>
  ));
}
