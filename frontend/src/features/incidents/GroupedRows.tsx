import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Incident } from "../../api/types";
import type { Section } from "../../ui/lines";
import type { Filters } from "./filters";
import { assemble, filtersOfGroup, type Grouping, type Loaded } from "./grouping";
import { groupsQuery, incidentsQuery, PAGE } from "./queries";

export type GroupedList = {
  rows: Incident[];
  sections: Section[];
  onToggle: (section: string) => void;
  onNear: (near: string[], short: string[]) => void;
  error: Error | null;
  retry: () => void;
};

type Props = {
  filters: Filters;
  by: Grouping;
  onChange: (list: GroupedList) => void;
};

const NONE: ReadonlySet<string> = new Set();

/** Loads the queue's groups, and the rows of those that come near the screen. */
export default function GroupedRows({ filters, by, onChange }: Props) {
  const { data, error, refetch } = useQuery(groupsQuery(filters, by));
  const [closed, setClosed] = useState(NONE);
  // Those that were near once; only those that are near are kept up to date.
  const [seen, setSeen] = useState(NONE);
  const [near, setNear] = useState(NONE);
  const [loaded, setLoaded] = useState<ReadonlyMap<string, Loaded>>(new Map());
  const more = useRef(new Map<string, () => void>());

  const onNear = useCallback((now: string[], short: string[]) => {
    setNear((old) => (sameKeys(old, now) ? old : new Set(now)));
    setSeen((old) => (now.every((k) => old.has(k)) ? old : new Set([...old, ...now])));
    for (const key of short) more.current.get(key)?.();
  }, []);
  const onToggle = useCallback(
    (key: string) =>
      setClosed((old) => {
        const next = new Set(old);
        if (!next.delete(key)) next.add(key);
        return next;
      }),
    [],
  );
  const report = useCallback((key: string, found: Loaded, loadMore: () => void) => {
    more.current.set(key, loadMore);
    setLoaded((old) => new Map(old).set(key, found));
  }, []);

  const list = useMemo(
    () => data && assemble(by, data, loaded, closed, PAGE),
    [by, data, loaded, closed],
  );
  useEffect(() => {
    if (list || error)
      onChange({
        ...(list ?? { rows: [], sections: [] }),
        onToggle,
        onNear,
        error: list ? null : error,
        retry: () => void refetch(),
      });
  }, [list, error, onChange, onToggle, onNear, refetch]);

  return data
    ?.filter(({ value }) => seen.has(value) && !closed.has(value))
    .map(({ value }) => (
      <GroupRows
        key={value}
        value={value}
        filters={filtersOfGroup(filters, by, value)}
        enabled={near.has(value)}
        report={report}
      />
    ));
}

type GroupRowsProps = {
  value: string;
  filters: Filters;
  enabled: boolean;
  report: (key: string, found: Loaded, loadMore: () => void) => void;
};

/** Loads the rows of one group; it draws nothing. */
function GroupRows({ value, filters, enabled, report }: GroupRowsProps) {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    ...incidentsQuery(filters),
    enabled,
  });
  useEffect(() => {
    if (!data) return;
    const rows = data.pages.flatMap((page) => page.items);
    report(value, { rows, hasMore: hasNextPage }, () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    });
  }, [value, data, hasNextPage, isFetchingNextPage, fetchNextPage, report]);
  return null;
}

function sameKeys(set: ReadonlySet<string>, keys: string[]): boolean {
  return set.size === keys.length && keys.every((key) => set.has(key));
}
