import "../../extra-styles";
import { Button, Skeleton } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTimeZone } from "../../api/useSession";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { toastError } from "../../ui/toast";
import { fromWallTime } from "../../ui/wallTime";
import classes from "./Audit.module.css";
import { AuditFilterBar, type AuditSearch } from "./AuditFilterBar";
import { AuditItem } from "./AuditItem";
import { type AuditFilters, auditQuery, exportEvents } from "./queries";
import { ACTION_WORDS, THING_WORDS } from "./words";

const route = getRouteApi("/app/audit-log");

const DAY_MS = 86_400_000;

/** Midnight of a day, or of the one after it. */
function midnight(day: string | undefined, zone: string, later = 0) {
  const at = Date.parse(day ?? "");
  if (Number.isNaN(at)) return null;
  const date = new Date(at + later).toISOString().slice(0, 10);
  return fromWallTime(`${date}T00:00`, zone);
}

const known = <K extends string>(words: Record<K, string>, value?: string) =>
  value !== undefined && value in words ? (value as K) : undefined;

function asFilters(search: AuditSearch, zone: string): AuditFilters {
  const wanted = {
    actor: search.person,
    action: known(ACTION_WORDS, search.action),
    object: known(THING_WORDS, search.object),
    object_id: search.id,
    since: midnight(search.from, zone),
    // The last day counts to its end.
    until: midnight(search.to, zone, DAY_MS),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value));
}

function save(file: Blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = "audit-log.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Who changed what, when and from where. */
export function AuditPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filters = asFilters(search, useTimeZone());
  const query = useInfiniteQuery(auditQuery(filters));
  const download = useMutation({
    mutationFn: () => exportEvents(filters),
    onSuccess: save,
    onError: (error) => toastError("The log was not exported", error),
  });
  const events = query.data?.pages.flatMap((page) => page.items);
  const change = (next: AuditSearch) =>
    void navigate({ search: { ...search, ...next }, replace: true });
  const narrowed = Object.keys(filters).length > 0;

  return (
    <Page
      title="Audit log"
      actions={
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={download.isPending}
          onClick={() => download.mutate()}
        >
          Export CSV
        </Button>
      }
    >
      <AuditFilterBar
        search={search}
        onChange={change}
        onClear={narrowed ? () => void navigate({ search: {} }) : undefined}
      />
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : events === undefined ? (
        <Skeleton height={320} aria-busy />
      ) : events.length === 0 ? (
        <State icon={IconHistory} title={narrowed ? "Nothing matches" : "Nothing yet"}>
          {narrowed
            ? "No event fits these filters. Take one away to see more."
            : "Sign-ins and changes by administrators appear here."}
        </State>
      ) : (
        <ol className={classes.list} aria-label="Events">
          {events.map((event) => (
            <AuditItem
              key={event.id}
              event={event}
              onPick={
                search.id
                  ? undefined
                  : () =>
                      change({ object: event.object, id: event.object_id ?? undefined })
              }
            />
          ))}
        </ol>
      )}
      {query.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show older events
        </Button>
      )}
    </Page>
  );
}
