import { useInfiniteQuery } from "@tanstack/react-query";
import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useState,
} from "react";
import type { Filters } from "./filters";
import type { GroupedList } from "./GroupedRows";
import type { Grouping } from "./grouping";
import { incidentsQuery } from "./queries";

const GroupedRows = lazy(() => import("./GroupedRows"));

const nothing = () => undefined;

/** The queue's rows, all in one or in groups, and what the table needs to ask for more. */
export function useQueueList(filters: Filters, by: Grouping | undefined) {
  const list = useInfiniteQuery({ ...incidentsQuery(filters), enabled: !by });
  const [grouped, setGrouped] = useState<GroupedList | null>(null);
  useEffect(() => {
    if (!by) setGrouped(null);
  }, [by]);

  const rows = useMemo(
    () => list.data?.pages.flatMap((p) => p.items) ?? [],
    [list.data],
  );
  const { fetchNextPage, isFetchingNextPage } = list;
  const loadMore = useCallback(() => {
    if (!isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, isFetchingNextPage]);

  if (!by)
    return {
      rows,
      table: { loading: list.isPending, hasMore: list.hasNextPage, loadMore },
      isEmpty: !list.isPending && rows.length === 0,
      error: rows.length === 0 ? list.error : null,
      retry: () => void list.refetch(),
      loader: null as ReactNode,
    };
  const { sections, onToggle, onNear } = grouped ?? {};
  return {
    rows: grouped?.rows ?? [],
    table: {
      sections,
      onToggle,
      onNear,
      loading: !grouped,
      hasMore: false,
      loadMore: nothing,
    },
    isEmpty: sections?.length === 0,
    error: grouped?.error ?? null,
    retry: grouped?.retry ?? nothing,
    loader: (
      <Suspense>
        <GroupedRows
          key={JSON.stringify([by, filters])}
          filters={filters}
          by={by}
          onChange={setGrouped}
        />
      </Suspense>
    ) as ReactNode,
  };
}
