import "../extra-styles";
import "@mantine/spotlight/styles.css";
import { t } from "@lingui/core/macro";
import { useMantineColorScheme } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import {
  IconArrowRight,
  IconMoon,
  IconPlus,
  IconSearch,
  IconSun,
  IconTicket,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import type { Incident } from "../api/types";
import { isAtLeast, useUser } from "../api/useSession";
import { FoundText, FoundTitle } from "../features/incidents/FoundWords";
import { STATUS_WORDS, VIEWS } from "../features/incidents/filters";
import { incidentSearchQuery } from "../features/incidents/queries";
import { templatesQuery } from "../features/templates/queries";
import { viewsQuery } from "../features/views/queries";
import { filtersOf } from "../features/views/views";
import { useShell } from "./context";
import classes from "./Palette.module.css";
import { PAGES, type PagePath } from "./pages";

const [store, controls] = createSpotlight();

type OwnPage = "/profile" | "/tokens" | "/notifications" | "/notifications/preferences";

const LIST_ID = "palette-results";

type Command = {
  id: string;
  group: string;
  label: string;
  icon: ReactNode;
  /** Instead of the icon and the label. */
  content?: ReactNode;
  run: () => void;
};

const icon = { size: 18, stroke: 1.75, "aria-hidden": true } as const;

/** Ctrl/Cmd+K: commands, views and incidents in one box. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [needle] = useDebouncedValue(query.trim(), 150);
  const { data: found = [], isFetching } = useQuery(incidentSearchQuery(needle));
  const navigate = useNavigate();
  useEffect(() => controls.open(), []);

  const matches = useCommands().filter((c) =>
    c.label.toLowerCase().includes(query.trim().toLowerCase()),
  );
  const incidents: Command[] = (needle.length < 2 ? [] : found).map((i) => ({
    id: i.id,
    group: t`Incidents`,
    label: i.title,
    icon: null,
    content: <FoundIncident incident={i} />,
    run: () =>
      void navigate({ to: "/incidents/$number", params: { number: i.number } }),
  }));
  const commands = [...incidents, ...matches];
  const groups = Map.groupBy(commands, (c) => c.group);
  const first = commands[0]?.id;
  // Results arrive after the query: Enter must open the first of them.
  useEffect(() => {
    const list = document.getElementById(LIST_ID);
    list?.querySelector("[data-selected]")?.removeAttribute("data-selected");
    if (first)
      list?.querySelector("[data-action]")?.setAttribute("data-selected", "true");
    store.setState((state) => ({ ...state, selected: 0 }));
  }, [first]);

  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      overlayProps={{ blur: 0 }}
      attributes={{ content: { "aria-label": t`Search and commands` } }}
      radius="md"
      centered={false}
      yOffset="12vh"
      scrollable
      maxHeight={420}
    >
      <Spotlight.Search
        placeholder={t`Search incidents, views and commands`}
        aria-label={t`Search incidents, views and commands`}
        leftSection={<IconSearch {...icon} />}
      />
      <Spotlight.ActionsList id={LIST_ID}>
        {[...groups].map(([group, commands]) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {commands.map((c) => (
              <Spotlight.Action
                key={c.id}
                label={c.label}
                leftSection={c.icon}
                onClick={c.run}
              >
                {c.content}
              </Spotlight.Action>
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.size === 0 && (
          <Spotlight.Empty>
            {isFetching
              ? t`Searching…`
              : t`Nothing matches. Try fewer words or a number.`}
          </Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function FoundIncident({ incident }: { incident: Incident }) {
  return (
    <span className={classes.incident}>
      <IconTicket {...icon} />
      <span className={classes.title}>
        <FoundTitle incident={incident} />
      </span>
      <span className={`${classes.more} dim num`}>
        {incident.number} · {STATUS_WORDS[incident.status]}
      </span>
      <FoundText incident={incident} />
    </span>
  );
}

function useCommands(): Command[] {
  const user = useUser();
  const navigate = useNavigate();
  const { openCreate, openTemplate, openHelp } = useShell();
  const { setColorScheme } = useMantineColorScheme();
  const agent = isAtLeast(user, "agent");
  const { data: saved = [] } = useQuery(viewsQuery);
  const { data: templates = [] } = useQuery(templatesQuery);
  const go = (to: PagePath | OwnPage) => ({
    icon: <IconArrowRight {...icon} />,
    group: t`Pages`,
    id: to,
    run: () => void navigate({ to }),
  });
  return [
    {
      id: "new",
      group: t`Commands`,
      label: t`New incident`,
      icon: <IconPlus {...icon} />,
      run: openCreate,
    },
    ...templates.map((template) => ({
      id: template.id,
      group: t`Commands`,
      label: t`New incident from template ${{ name: template.name }}`,
      icon: <IconPlus {...icon} />,
      run: () => openTemplate(template.id),
    })),
    ...VIEWS.filter((v) => agent || !v.filters.assignee).map((v) => ({
      id: v.id,
      group: t`Views`,
      label: v.label,
      icon: <IconArrowRight {...icon} />,
      run: () => void navigate({ to: "/incidents", search: v.filters }),
    })),
    ...saved.map((view) => ({
      id: view.id,
      group: t`Views`,
      label: view.name,
      icon: <IconArrowRight {...icon} />,
      run: () => void navigate({ to: "/incidents", search: filtersOf(view) }),
    })),
    ...PAGES.filter((page) => isAtLeast(user, page.role)).map((page) => ({
      ...go(page.to),
      label: page.label,
    })),
    { ...go("/tokens"), label: t`API tokens` },
    { ...go("/profile"), label: t`Profile` },
    { ...go("/notifications"), label: t`Notifications` },
    { ...go("/notifications/preferences"), label: t`Notification settings` },
    {
      id: "light",
      group: t`Commands`,
      label: t`Use light colours`,
      icon: <IconSun {...icon} />,
      run: () => setColorScheme("light"),
    },
    {
      id: "dark",
      group: t`Commands`,
      label: t`Use dark colours`,
      icon: <IconMoon {...icon} />,
      run: () => setColorScheme("dark"),
    },
    {
      id: "help",
      group: t`Commands`,
      label: t`Show keyboard shortcuts`,
      icon: <IconSearch {...icon} />,
      run: openHelp,
    },
  ];
}
