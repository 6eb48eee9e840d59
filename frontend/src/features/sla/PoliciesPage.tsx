import "../../extra-styles";
import { Button } from "@mantine/core";
import { IconPencil, IconStopwatch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Policy, Priority } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { type DataColumn, DataTable } from "../../ui/DataTable";
import { Page } from "../../ui/Page";
import { ErrorState, State } from "../../ui/State";
import { Time } from "../../ui/Time";
import { formatTarget } from "../../ui/time";
import { PriorityBadge } from "../incidents/badges";
import { PRIORITIES } from "../incidents/filters";
import classes from "./Policies.module.css";
import { PolicyDialog } from "./PolicyDialog";
import { policiesQuery } from "./queries";

export function PoliciesPage() {
  const query = useQuery(policiesQuery);
  return (
    <Page title="SLA policies">
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data?.length === 0 ? (
        <State icon={IconStopwatch} title="No policy">
          Without a policy an incident has no deadlines.
        </State>
      ) : query.data ? (
        query.data.map((policy) => <OnePolicy key={policy.id} policy={policy} />)
      ) : (
        <DataTable
          label="SLA policies"
          columns={columnsOf()}
          rows={undefined}
          rowKey={String}
        />
      )}
    </Page>
  );
}

const words = (seconds: number | null | undefined) =>
  seconds ? formatTarget(seconds) : <span className="dim">no target</span>;

function columnsOf(policy?: Policy): DataColumn<Priority>[] {
  return [
    { header: "Priority", cell: (p) => <PriorityBadge priority={p} /> },
    {
      header: "Response within",
      cell: (p) => (
        <span className="num">{words(policy?.targets[p].response_seconds)}</span>
      ),
    },
    {
      header: "Resolution within",
      cell: (p) => (
        <span className="num">{words(policy?.targets[p].resolution_seconds)}</span>
      ),
    },
  ];
}

function OnePolicy({ policy }: { policy: Policy }) {
  const manager = isAtLeast(useUser(), "manager");
  const [editing, setEditing] = useState(false);
  return (
    <section className={classes.policy}>
      <div className={classes.head}>
        <div>
          <h2>{policy.name}</h2>
          <p className="dim">
            {policy.is_default && "Default. "}
            {policy.calendar
              ? `Calendar: ${policy.calendar.name} (${policy.calendar.timezone}).`
              : "Counts around the clock."}{" "}
            Warns at {policy.warn_at_percent} %. Version {policy.version}, changed{" "}
            <Time at={policy.updated_at} />.
          </p>
        </div>
        {manager && (
          <Button
            variant="default"
            leftSection={<IconPencil size={16} aria-hidden />}
            onClick={() => setEditing(true)}
          >
            Edit targets
          </Button>
        )}
      </div>
      <DataTable
        label={`Targets of ${policy.name}`}
        columns={columnsOf(policy)}
        rows={[...PRIORITIES]}
        rowKey={(p) => p}
      />
      {editing && <PolicyDialog policy={policy} onClose={() => setEditing(false)} />}
    </section>
  );
}
