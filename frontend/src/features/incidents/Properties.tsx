import { Select, TagsInput } from "@mantine/core";
import type { IncidentAction, IncidentDetail, Priority } from "../../api/types";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import { PriorityBadge, Tag } from "./badges";
import { PRIORITIES, PRIORITY_WORDS } from "./filters";
import classes from "./Incident.module.css";
import { useUpdateIncident } from "./mutations";
import { AssigneeSelect, TeamSelect } from "./PeopleSelect";

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
        onChange={(value) => {
          const priority = value as Priority;
          update.mutate({
            patch: { priority },
            shown: { priority },
            failure: "The priority was not changed",
          });
        }}
      />
      <AssigneeSelect
        label="Assignee"
        value={incident.assignee}
        onChange={(assignee) =>
          update.mutate({
            patch: { assignee_id: assignee?.id ?? null },
            shown: { assignee },
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
            failure: "The team was not changed",
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
            version: incident.version,
            failure: "The tags were not changed",
          })
        }
      />
    </>
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
