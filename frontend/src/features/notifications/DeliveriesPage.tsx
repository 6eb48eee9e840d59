import "../../extra-styles";
import { Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import {
  IconAlertTriangle,
  IconBellOff,
  IconCheck,
  IconClock,
  IconMail,
  IconSearch,
  IconStack2,
  type TablerIcon,
} from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Delivery } from "../../api/types";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import classes from "./Deliveries.module.css";
import { DeliveryDrawer } from "./DeliveryDrawer";
import { deliveriesQuery, useRetryDelivery } from "./queries";

const route = getRouteApi("/app/deliveries");

type Status = Delivery["status"];

export const STATUS: Record<Status, { word: string; icon: TablerIcon }> = {
  pending: { word: "Waiting", icon: IconClock },
  sent: { word: "Sent", icon: IconCheck },
  failed: { word: "Failed", icon: IconAlertTriangle },
  bundled: { word: "In a digest", icon: IconStack2 },
  suppressed: { word: "Not wanted", icon: IconBellOff },
};

export function DeliveryStatus({ status }: { status: Status }) {
  const { word, icon: Icon } = STATUS[status];
  return (
    <span className={`${classes.state} ${classes[status]}`}>
      <Icon size={16} stroke={1.75} aria-hidden />
      {word}
    </span>
  );
}

export function DeliveriesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const status =
    search.status && search.status in STATUS ? (search.status as Status) : undefined;
  const query = useInfiniteQuery(
    deliveriesQuery({ status, q: search.q, bundle_id: search.bundle }),
  );
  const [open, setOpen] = useState<string | null>(null);
  const retry = useRetryDelivery();
  const rows = query.data?.pages.flatMap((page) => page.items);
  const find = useDebouncedCallback(
    (q: string) =>
      void navigate({ search: { ...search, q: q.trim() || undefined }, replace: true }),
    250,
  );

  const columns: DataColumn<Delivery>[] = [
    {
      header: "State",
      cell: (d) => (
        <>
          <DeliveryStatus status={d.status} />
          {d.bundle_id && (
            <button
              type="button"
              className={classes.digest}
              onClick={() => setOpen(d.bundle_id)}
            >
              Show the digest
            </button>
          )}
        </>
      ),
    },
    {
      header: "Subject",
      cell: (d) => (
        <button type="button" className={classes.subject} onClick={() => setOpen(d.id)}>
          {d.subject}
        </button>
      ),
    },
    { header: "To", cell: (d) => d.recipient },
    { header: "Kind", cell: (d) => d.kind.replaceAll("_", " ") },
    { header: "Attempts", cell: (d) => <span className="num">{d.attempts}</span> },
    { header: "Created", cell: (d) => <Time at={d.created_at} /> },
    {
      header: "Actions",
      end: true,
      cell: (d) =>
        d.status === "failed" && (
          <Button
            size="compact-sm"
            variant="default"
            loading={retry.isPending && retry.variables === d.id}
            onClick={() => retry.mutate(d.id)}
          >
            Send again
          </Button>
        ),
    },
  ];

  return (
    <Page title="Delivery log">
      <Group mb="md" className={classes.filters}>
        <SegmentedControl
          aria-label="State"
          value={status ?? "all"}
          onChange={(value) =>
            void navigate({
              search: { ...search, status: value === "all" ? undefined : value },
            })
          }
          data={[
            { value: "all", label: "All" },
            ...Object.entries(STATUS).map(([value, { word }]) => ({
              value,
              label: word,
            })),
          ]}
        />
        <TextInput
          aria-label="Search the log"
          placeholder="Recipient or subject"
          leftSection={<IconSearch size={16} aria-hidden />}
          defaultValue={search.q}
          onChange={(event) => find(event.currentTarget.value)}
        />
      </Group>
      {search.bundle && (
        <p className={classes.bundle}>
          What went in one digest.{" "}
          <Link to="/deliveries" search={{}}>
            Show all
          </Link>
        </p>
      )}
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : rows?.length === 0 ? (
        <State icon={IconMail} title="No mail here">
          {search.q || status || search.bundle
            ? "Nothing matches this search."
            : "Mails appear here as soon as something happens."}
        </State>
      ) : (
        <DataTable
          label="Deliveries"
          columns={columns}
          rows={rows}
          rowKey={(d) => d.id}
        />
      )}
      {query.hasNextPage && (
        <Button
          mt="md"
          variant="default"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show older mails
        </Button>
      )}
      {open && <DeliveryDrawer id={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}
