import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useUser } from "../../api/useSession";
import { type Filters, hasFilters } from "../incidents/filters";
import classes from "../incidents/Queue.module.css";
import { useUpdateView } from "./mutations";
import { viewsQuery } from "./queries";
import { isUnsaved, mayChange, toView, viewOf } from "./views";

const ViewDialog = lazy(() => import("./ViewDialog"));
const ViewMenu = lazy(() => import("./ViewMenu"));

/** The saved view whose filters were changed since. */
let left: string | undefined;

/** Saves what the queue shows as a view, or changes the view that it shows. */
export default function ViewTools({ filters }: { filters: Filters }) {
  const { data: views } = useQuery(viewsQuery);
  const user = useUser();
  const update = useUpdateView();
  const [saving, setSaving] = useState(false);
  const shown = views && viewOf(views, filters);
  const unsaved = views !== undefined && isUnsaved(views, filters);
  useEffect(() => {
    if (shown) left = shown.id;
    else if (!hasFilters(filters)) left = undefined;
  }, [shown, filters]);

  if (shown)
    return (
      <Suspense>
        {mayChange(shown, user) && <ViewMenu view={shown} views={views} />}
      </Suspense>
    );
  if (!unsaved) return null;
  const before = views.find((view) => view.id === left && mayChange(view, user));
  const { sort = "next_deadline" } = filters;
  return (
    <>
      {before && (
        <button
          type="button"
          className={classes.clear}
          onClick={() =>
            update.mutate({
              view: before,
              patch: { filters: toView(filters), sort },
              failure: t`${{ name: before.name }} was not changed`,
            })
          }
        >
          {t`Update “${{ name: before.name }}”`}
        </button>
      )}
      <button type="button" className={classes.clear} onClick={() => setSaving(true)}>
        {t`Save view`}
      </button>
      <Suspense>
        {saving && <ViewDialog filters={filters} onClose={() => setSaving(false)} />}
      </Suspense>
    </>
  );
}
