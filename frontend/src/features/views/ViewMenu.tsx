import "../../menu-styles";
import { t } from "@lingui/core/macro";
import { Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconPencil,
  IconTrash,
} from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { View } from "../../api/types";
import classes from "../incidents/Queue.module.css";
import { useDeleteView, useUpdateView } from "./mutations";
import { filtersOf } from "./views";

const ViewDialog = lazy(() => import("./ViewDialog"));

const icon = { size: 16, stroke: 1.75, "aria-hidden": true } as const;

/** What can be done with the view that the queue shows. */
export default function ViewMenu({ view, views }: { view: View; views: View[] }) {
  const [editing, setEditing] = useState(false);
  const update = useUpdateView();
  const remove = useDeleteView();
  const alike = views.filter((other) => other.shared === view.shared);
  const place = alike.findIndex((other) => other.id === view.id);
  const moveTo = (position: number) =>
    update.mutate({
      view,
      patch: { position },
      failure: t`${{ name: view.name }} was not moved`,
    });
  return (
    <>
      <Menu position="bottom-start" shadow="md">
        <Menu.Target>
          <button type="button" className={classes.clear}>
            {t`Edit view`} <IconChevronDown size={14} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconPencil {...icon} />}
            onClick={() => setEditing(true)}
          >
            {t`Rename or share…`}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowUp {...icon} />}
            disabled={place === 0}
            closeMenuOnClick={false}
            onClick={() => moveTo(place - 1)}
          >
            {t`Move up`}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconArrowDown {...icon} />}
            disabled={place === alike.length - 1}
            closeMenuOnClick={false}
            onClick={() => moveTo(place + 1)}
          >
            {t`Move down`}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash {...icon} />}
            onClick={() => remove.mutate(view)}
          >
            {t`Delete`}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {editing && (
          <ViewDialog
            view={view}
            filters={filtersOf(view)}
            onClose={() => setEditing(false)}
          />
        )}
      </Suspense>
    </>
  );
}
