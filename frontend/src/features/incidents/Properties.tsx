import { Select, TagsInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { IncidentAction, IncidentDetail, Priority } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import { OrganizationSelect } from "../accounts/OrganizationSelect";
import { policiesQuery, slaQuery } from "../sla/queries";
import { PriorityBadge, Tag } from "./badges";
import { PRIORITIES, PRIORITY_WORDS } from "./filters";
import classes from "./Incident.module.css";
import { useUpdateIncident } from "./mutations";
import { AssigneeSelect, TeamSelect } from "./PeopleSelect";
import { type Change, RetargetDialog } from "./RetargetDialog";
import { hasOpenClock } from "./retarget";

export function Properties({ incident }: { incident: IncidentDetail }) {
  const may = (action: IncidentAction) => incident.allowed_actions.includes(action);
  return (
    <section className={classes.card} aria-label="Properties">
      <h2>Properties</h2>
      <div className={classes.properties}>
        {may("assign") || may("prioritise") ? (
          <Editable incident={incident} />
        ) : (
          <Plain incident={incident} />
        )}
        <Facts incident={incident} />
      </div>
    </section>
  );
}

function Editable({ incident }: { incident: IncidentDetail }) {
  const update = useUpdateIncident(incident.number);
  const [change, setChange] = useState<Change | null>(null);
  const prioritise = (priority: Priority) => {
    if (hasOpenClock(incident.sla.clocks)) setChange({ priority });
    else
      update.mutate({
        patch: { priority },
        shown: { priority },
        base: incident,
        failure: "The priority was not changed",
      });
  };
  return (
    <>
      <Select
        label="Priority"
        allowDeselect={false}
        data={PRIORITIES.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
        leftSection={<PriorityBadge priority={incident.priority} withText={false} />}
        renderOption={({ option }) => (
          <PriorityBadge priority={option.value as Priority} />
        )}
        value={incident.priority}
        onChange={(value) => prioritise(value as Priority)}
      />
      <PolicyField incident={incident} onChange={setChange} />
      <AssigneeSelect
        label="Assignee"
        value={incident.assignee}
        onChange={(assignee) =>
          update.mutate({
            patch: { assignee_id: assignee?.id ?? null },
            shown: { assignee },
            base: incident,
            failure: "Not assigned",
          })
        }
      />
      <TeamSelect
        label="Team"
        value={incident.team}
        onChange={(team) =>
          update.mutate({
            patch: { team_id: team?.id ?? null },
            shown: { team },
            base: incident,
            failure: "The team was not changed",
          })
        }
      />
      <OrganizationSelect
        value={incident.organization}
        onChange={(organization) =>
          update.mutate({
            patch: { organization_id: organization?.id ?? null },
            shown: { organization },
            base: incident,
            failure: "The organization was not changed",
          })
        }
      />
      <TagsInput
        label="Tags"
        placeholder={incident.tags.length ? "" : "Type and press Enter"}
        maxTags={20}
        value={incident.tags}
        onChange={(tags) =>
          update.mutate({
            patch: { tags },
            shown: { tags },
            base: incident,
            failure: "The tags were not changed",
          })
        }
      />
      {change && (
        <RetargetDialog
          incident={incident}
          change={change}
          onClose={() => setChange(null)}
        />
      )}
    </>
  );
}

type PolicyProps = {
  incident: IncidentDetail;
  onChange: (change: Change) => void;
};

/** The policy that the clocks count by; managers may give another one. */
function PolicyField({ incident, onChange }: PolicyProps) {
  const manager = isAtLeast(useUser(), "manager");
  const { data: sla } = useQuery(slaQuery(incident.number));
  const { data: policies = [] } = useQuery({ ...policiesQuery, enabled: manager });
  if (!manager || !sla || !hasOpenClock(incident.sla.clocks)) return null;
  const { policy } = sla;
  const known = policies.some((p) => p.id === policy.id)
    ? policies
    : [policy, ...policies];
  return (
    <Select
      label="SLA policy"
      allowDeselect={false}
      data={known.map(({ id, name }) => ({ value: id, label: name }))}
      value={policy.id}
      onChange={(id) => {
        const next = policies.find((p) => p.id === id);
        if (next && next.id !== policy.id)
          onChange({ policy: next, from: policy.name });
      }}
    />
  );
}

function Plain({ incident }: { incident: IncidentDetail }) {
  return (
    <dl className={classes.facts}>
      <dt>Priority</dt>
      <dd>
        <PriorityBadge priority={incident.priority} />
      </dd>
      <dt>Assignee</dt>
      <dd>
        <Person user={incident.assignee} nobody="Nobody yet" />
      </dd>
      {incident.team && (
        <>
          <dt>Team</dt>
          <dd>{incident.team.name}</dd>
        </>
      )}
      {incident.organization && (
        <>
          <dt>Organization</dt>
          <dd>{incident.organization.name}</dd>
        </>
      )}
      {incident.tags.length > 0 && (
        <>
          <dt>Tags</dt>
          <dd>
            {incident.tags.map((tag) => (
              <Tag key={tag} name={tag} />
            ))}
          </dd>
        </>
      )}
    </dl>
  );
}

function Facts({ incident }: { incident: IncidentDetail }) {
  const rows: [string, string | null][] = [
    ["Created", incident.created_at],
    ["Acknowledged", incident.acknowledged_at],
    ["Resolved", incident.resolved_at],
    ["Closed", incident.closed_at],
  ];
  return (
    <dl className={classes.facts}>
      <dt>Reporter</dt>
      <dd>
        <Person user={incident.reporter} />
      </dd>
      {rows.map(
        ([label, at]) =>
          at && (
            <div key={label} style={{ display: "contents" }}>
              <dt>{label}</dt>
              <dd>
                <Time at={at} />
              </dd>
            </div>
          ),
      )}
    </dl>
  );
}
