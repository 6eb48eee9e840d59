import { Button } from "@mantine/core";
import { useElementSize, useMediaQuery } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import type { Incident } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { useShell } from "../../shell/context";
import { useHotkeys } from "../../shell/hotkeys";
import { useTitle } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { type TableHandle, VirtualTable } from "../../ui/VirtualTable";
import { viewsQuery } from "../views/queries";
import { nameOf } from "../views/views";
import { BulkArea } from "./bulk/BulkArea";
import { useQueueSelection } from "./bulk/useQueueSelection";
import { FilterBar } from "./FilterBar";
import {
  DEFAULT_VIEW,
  type Filters,
  hasFilters,
  parseFilters,
  sameFilters,
} from "./filters";
import { type Layout, resized } from "./layout";
import { queueMemory } from "./memory";
import classes from "./Queue.module.css";
import { QueueEmpty } from "./QueueEmpty";
import { QueueCard, queueColumns } from "./QueueRow";
import { QueueSearch } from "./QueueSearch";
import { incidentCountQuery } from "./queries";
import { useLayout } from "./useLayout";
import { useQueueList } from "./useQueueList";
import { ViewOptions } from "./ViewOptions";

const IncidentPane = lazy(() => import("./IncidentPane"));
const QuickEdit = lazy(() => import("./QuickEdit"));

const route = getRouteApi("/app/incidents");

const ROW_HEIGHTS = { comfortable: 44, compact: 36 };
const CARD_HEIGHT = 112;
/** With a line that says where the words stand. */
const FOUND_HEIGHT = 132;

const numberOf = (row: Incident) => row.number;

export function QueuePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const user = useUser();
  const { openCreate } = useShell();
  const filters = useMemo(() => parseFilters(search), [search]);
  const wide = useMediaQuery("(min-width: 1200px)", true);
  const phone = useMediaQuery("(max-width: 700px)", false);
  const touch = useMediaQuery("(pointer: coarse)", false);
  const [layout, setLayout] = useLayout();
  const { ref: listRef, width } = useElementSize();
  const handle = useRef<TableHandle<Incident>>(null);
  const [editing, setEditing] = useState<["assignee" | "priority", Incident] | null>(
    null,
  );

  const { data: views = [] } = useQuery(viewsQuery);
  const title = nameOf(views, filters) ?? "Incidents";
  useTitle(title);

  const group = search.group ?? layout.group;
  const { rows, table, ...list } = useQueueList(filters, group);
  const { data: total } = useQuery(incidentCountQuery(filters));

  const place = useMemo(() => {
    const last = queueMemory.get();
    return last && sameFilters(last.filters, filters) ? last : null;
  }, [filters]);

  const open = (row: Incident, how: "beside" | "full") => {
    if (how === "beside" && wide)
      void navigate({
        search: { ...filters, group: search.group, open: row.number },
        replace: !!search.open,
      });
    else {
      queueMemory.opened(filters, row.number);
      void navigate({ to: "/incidents/$number", params: { number: row.number } });
    }
  };
  const show = (next: Filters, replace = false) =>
    navigate({ search: { ...next, group: search.group }, replace });
  const close = () => show(filters);
  const arrange = (next: Layout) => {
    setLayout(next);
    if (next.group !== group)
      void navigate({ search: { ...search, group: next.group }, replace: true });
  };
  const columns = queueColumns({
    filters,
    layout,
    // Not measured yet on the first paint: most lists are wide.
    width: width || window.innerWidth,
    sortBy: (sort) => void navigate({ search: { ...search, sort } }),
    resize: (id, to) => setLayout((now) => resized(now, id, to)),
  });
  const cardHeight = filters.q ? FOUND_HEIGHT : CARD_HEIGHT;
  const rowHeight = ROW_HEIGHTS[touch ? "comfortable" : layout.density];

  const edit = (field: "assignee" | "priority") => {
    const row = handle.current?.focused();
    if (row && isAtLeast(user, "agent")) setEditing([field, row]);
  };
  const openFocused = (how: "beside" | "full") => {
    const row = handle.current?.focused();
    if (row) open(row, how);
  };
  useHotkeys([
    {
      keys: "j",
      label: "Next row",
      group: "Queue",
      run: () => handle.current?.move(1),
    },
    {
      keys: "k",
      label: "Previous row",
      group: "Queue",
      run: () => handle.current?.move(-1),
    },
    {
      keys: "o",
      label: "Open beside the queue",
      group: "Queue",
      run: () => openFocused("beside"),
    },
    { keys: "Enter", label: "Open", group: "Queue", run: () => openFocused("full") },
    { keys: "a", label: "Assign", group: "Incident", run: () => edit("assignee") },
    {
      keys: "p",
      label: "Change priority",
      group: "Incident",
      run: () => edit("priority"),
    },
    {
      keys: "/",
      label: "Search the queue",
      group: "Queue",
      run: () => document.getElementById("queue-search")?.focus(),
    },
    ...(search.open
      ? [{ keys: "Escape", label: "Close", group: "Incident" as const, run: close }]
      : []),
  ]);

  const listKey = JSON.stringify(filters);
  // After the keys above: with rows selected, these take some of them over.
  const selection = useQueueSelection({ rows, list: listKey, handle });

  const beside = search.open && wide ? search.open : undefined;
  return (
    <div className={`${classes.page} ${beside ? classes.split : ""}`}>
      <div ref={listRef} className={classes.list}>
        <header className={classes.bar}>
          <h1>
            {title}{" "}
            {total !== undefined && (
              <span className="dim num">{total.toLocaleString("en")}</span>
            )}
          </h1>
          <QueueSearch filters={filters} onChange={(next) => show(next, true)} />
          <ViewOptions layout={{ ...layout, group }} onChange={arrange} cards={phone} />
          {phone && selection.table && (
            <Button variant="default" onClick={selection.pick}>
              Select
            </Button>
          )}
          {!phone && (
            <Button
              leftSection={<IconPlus size={16} aria-hidden />}
              onClick={openCreate}
            >
              New incident
            </Button>
          )}
        </header>
        <BulkArea selection={selection}>
          <FilterBar filters={filters} onChange={(next) => show(next)} />
        </BulkArea>
        {list.loader}
        {list.error ? (
          <ErrorState error={list.error} retry={list.retry} />
        ) : list.isEmpty ? (
          <QueueEmpty
            filtered={
              hasFilters(filters) && !sameFilters(filters, DEFAULT_VIEW.filters)
            }
            clear={() => show(DEFAULT_VIEW.filters)}
            create={openCreate}
          />
        ) : (
          <VirtualTable
            key={listKey}
            handle={handle}
            label={title}
            rows={rows}
            {...table}
            columns={columns}
            rowKey={numberOf}
            openKey={beside}
            selection={selection.table}
            rowHeight={phone ? cardHeight : rowHeight}
            card={phone ? (row) => <QueueCard incident={row} /> : undefined}
            onOpen={open}
            initialOffset={place?.offset}
            initialKey={place?.opened}
            onScroll={(offset) => queueMemory.scrolled(filters, offset)}
          />
        )}
      </div>
      <Suspense>
        {beside && (
          <section className={classes.pane} aria-label={`Incident ${beside}`}>
            <IncidentPane number={beside} onClose={close} />
          </section>
        )}
        {editing && (
          <QuickEdit
            field={editing[0]}
            incident={editing[1]}
            onClose={() => setEditing(null)}
          />
        )}
      </Suspense>
    </div>
  );
}
