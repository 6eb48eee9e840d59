import "../../extra-styles";
import { Alert, Button, Group, Modal, Radio, Stack } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { messageOf } from "../../api/errors";
import type { Incident, IncidentUpdate, Priority } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { serverNow } from "../../ui/ticker";
import { formatMoment } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import { KIND_WORDS } from "../sla/Fuse";
import { PriorityBadge } from "./badges";
import { useUpdateIncident } from "./mutations";
import { previewQuery } from "./queries";
import classes from "./Retarget.module.css";
import { type Effect, effects, MODE_TEXTS, type Mode } from "./retarget";

/** What is to be changed: the priority, or the policy. */
export type Change =
  | { priority: Priority }
  | { policy: { id: string; name: string }; from: string | undefined };

type Props = { incident: Incident; change: Change; onClose: () => void };

/** Shows what a change does to both clocks, and makes it. */
export function RetargetDialog({ incident, change, onClose }: Props) {
  const [mode, setMode] = useState<Mode>("retarget");
  const ofPriority = "priority" in change;
  // Another policy that leaves the clocks as they are would be no change at all.
  const modes: Mode[] = ofPriority
    ? ["retarget", "restart", "keep"]
    : ["retarget", "restart"];
  const patch: IncidentUpdate = ofPriority
    ? { priority: change.priority, sla_mode: mode }
    : { policy_id: change.policy.id, sla_mode: mode };
  const preview = useQuery(previewQuery(incident.number, patch));
  const update = useUpdateIncident(incident.number);
  const apply = () =>
    update.mutate(
      {
        patch,
        shown: ofPriority ? { priority: change.priority } : {},
        base: incident,
      },
      {
        onSuccess: () => {
          onClose();
          toastDone(ofPriority ? "The priority is changed" : "The policy is changed");
        },
      },
    );
  const error = update.error ?? preview.error;
  const rows = preview.data && effects(incident.sla.clocks, preview.data.sla.clocks);

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`Change the ${ofPriority ? "priority" : "policy"} of ${incident.number}`}
    >
      <Stack>
        {ofPriority ? (
          <FromTo
            from={<PriorityBadge priority={incident.priority} />}
            to={<PriorityBadge priority={change.priority} />}
          />
        ) : (
          <FromTo from={change.from} to={<strong>{change.policy.name}</strong>} />
        )}
        <Radio.Group
          label="The new targets"
          value={mode}
          onChange={(value) => setMode(value as Mode)}
        >
          <div className={classes.modes}>
            {modes.map((value) => (
              <Radio
                key={value}
                value={value}
                label={MODE_TEXTS[value].title}
                description={MODE_TEXTS[value].text}
                classNames={{ description: classes.hint }}
              />
            ))}
          </div>
        </Radio.Group>
        {error && (
          <Alert
            color="red"
            role="alert"
            title={update.error ? "Not changed" : "This cannot be changed"}
          >
            {messageOf(error)}
          </Alert>
        )}
        {!error && <Effects rows={rows} stale={preview.isPlaceholderData} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            onClick={apply}
            loading={update.isPending}
            disabled={!preview.data || preview.isPlaceholderData}
          >
            {ofPriority ? "Change priority" : "Change policy"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function FromTo({ from, to }: { from: ReactNode; to: ReactNode }) {
  return (
    <div className={classes.fromTo}>
      {from}
      <IconArrowRight size={16} stroke={1.75} aria-label="becomes" />
      {to}
    </div>
  );
}

type EffectsProps = { rows: Effect[] | undefined; stale: boolean };

function Effects({ rows, stale }: EffectsProps) {
  const timeZone = useTimeZone();
  const at = (iso: string | null) =>
    iso ? formatMoment(iso, timeZone, serverNow()) : "none";
  return (
    <table className={classes.effects} aria-busy={!rows || stale}>
      <caption className="sr-only">What it does to the deadlines</caption>
      <thead>
        <tr>
          <th scope="col">Clock</th>
          <th scope="col">Due now</th>
          <th scope="col">Due then</th>
          <th scope="col">What it does</th>
        </tr>
      </thead>
      <tbody>
        {rows?.map((row) => (
          <tr key={row.kind}>
            <th scope="row">{KIND_WORDS[row.kind]}</th>
            <td className="num">{at(row.before)}</td>
            <td className="num">{at(row.after)}</td>
            <td className={`num ${classes[row.tone]}`}>{row.words}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
