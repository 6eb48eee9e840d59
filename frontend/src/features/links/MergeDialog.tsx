import "../../extra-styles";
import { t } from "@lingui/core/macro";
import { Alert, Button, Group, Modal, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { messageOf } from "../../api/errors";
import type { IncidentDetail } from "../../api/types";
import { Person } from "../../ui/Person";
import { Time } from "../../ui/Time";
import { toastDone } from "../../ui/toast";
import { PriorityBadge, SlaBadge, StatusBadge } from "../incidents/badges";
import { incidentQuery } from "../incidents/queries";
import { IncidentSelect } from "./IncidentSelect";
import classes from "./Links.module.css";
import { useMerge } from "./queries";

type Props = { incident: IncidentDetail; onClose: () => void };

/** Closes an incident in favour of another one, which is shown first. */
export default function MergeDialog({ incident, onClose }: Props) {
  const [into, setInto] = useState<string | null>(null);
  const merge = useMerge(incident.number);
  const target = useQuery({ ...incidentQuery(into ?? ""), enabled: into !== null });
  const submit = () => {
    if (!into) return;
    merge.mutate(into, {
      onSuccess: () => {
        onClose();
        toastDone(t`${{ number: incident.number }} merged into ${into}`);
      },
    });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t`Merge ${{ number: incident.number }}`}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {(merge.isError || target.isError) && (
            <Alert color="red" role="alert" title={t`Not merged`}>
              {messageOf(merge.error ?? target.error)}
            </Alert>
          )}
          <IncidentSelect
            label={t`Merge into`}
            description={t`The incident on which the work goes on.`}
            data-autofocus
            comboboxProps={{ withinPortal: false }}
            value={into}
            except={incident.number}
            onChange={(number) => {
              merge.reset();
              setInto(number);
            }}
          />
          {into && !target.isError && <Preview target={target.data} />}
          {target.data && <Effects incident={incident} target={target.data} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t`Cancel`}
            </Button>
            <Button type="submit" loading={merge.isPending} disabled={!target.data}>
              {t`Merge`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Preview({ target }: { target: IncidentDetail | undefined }) {
  if (!target) return <Skeleton height={120} />;
  return (
    <section
      className={classes.preview}
      aria-label={t`Preview of ${{ number: target.number }}`}
    >
      <h3>
        <span className="num">{target.number}</span> {target.title}
      </h3>
      <div className={classes.badges}>
        <StatusBadge status={target.status} />
        <PriorityBadge priority={target.priority} />
        <SlaBadge sla={target.sla} />
      </div>
      {target.description && <p className={classes.excerpt}>{target.description}</p>}
      <div className={classes.small}>
        <Person user={target.reporter} />
        <Time at={target.created_at} />
      </div>
    </section>
  );
}

function Effects({
  incident,
  target,
}: { incident: IncidentDetail } & {
  target: IncidentDetail;
}) {
  const { number } = incident;
  const other = target.number;
  const open = incident.status === "open" || incident.status === "in_progress";
  return (
    <ul className={classes.effects}>
      {open && <li>{t`${number} is resolved and closed; its clocks stop now.`}</li>}
      {incident.status === "resolved" && <li>{t`${number} is closed.`}</li>}
      <li>{t`Comments and files stay on ${number}; both are linked.`}</li>
      <li>{t`Who watches ${number} and may see ${other} watches it too.`}</li>
      {incident.reporter.id !== target.reporter.id && (
        <li>
          {t`${{ name: incident.reporter.name }} is not shown ${other}: somebody else reported it.`}
        </li>
      )}
      {target.status === "closed" && (
        <li>
          <strong>{t`${other} is closed already.`}</strong>
        </li>
      )}
    </ul>
  );
}
