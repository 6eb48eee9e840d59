import {
  Alert,
  Button,
  Group,
  Modal,
  NumberInput,
  Stack,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { Fragment } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { Policy, Priority, Targets } from "../../api/types";
import { formatTarget } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import { PriorityBadge } from "../incidents/badges";
import { PRIORITIES, PRIORITY_WORDS } from "../incidents/filters";
import { parseDuration } from "./duration";
import classes from "./Policies.module.css";
import { useUpdatePolicy } from "./queries";

type Pair = { response: string; resolution: string };
type Values = Record<Priority, Pair> & { warn: number };

const KINDS = ["response", "resolution"] as const;

function toText(seconds: number | null | undefined): string {
  return seconds ? formatTarget(seconds) : "";
}

function initial(policy: Policy): Values {
  const pair = (p: Priority): Pair => ({
    response: toText(policy.targets[p].response_seconds),
    resolution: toText(policy.targets[p].resolution_seconds),
  });
  return {
    critical: pair("critical"),
    high: pair("high"),
    medium: pair("medium"),
    low: pair("low"),
    warn: policy.warn_at_percent,
  };
}

const check = (text: string) =>
  text.trim() && parseDuration(text) === null ? "Write 30 m, 4 h or 1 d 12 h" : null;

const checkPair = {
  response: check,
  resolution: check,
};

export function PolicyDialog({
  policy,
  onClose,
}: {
  policy: Policy;
  onClose: () => void;
}) {
  const update = useUpdatePolicy();
  const form = useForm<Values>({
    initialValues: initial(policy),
    validate: {
      critical: checkPair,
      high: checkPair,
      medium: checkPair,
      low: checkPair,
    },
    validateInputOnBlur: true,
  });
  const submit = form.onSubmit(({ warn, ...pairs }) => {
    const target = (p: Priority) => ({
      response_seconds: parseDuration(pairs[p].response),
      resolution_seconds: parseDuration(pairs[p].resolution),
    });
    const targets: Targets = {
      critical: target("critical"),
      high: target("high"),
      medium: target("medium"),
      low: target("low"),
    };
    update.mutate(
      {
        id: policy.id,
        version: policy.version,
        body: { targets, warn_at_percent: warn },
      },
      {
        onSuccess: () => {
          onClose();
          toastDone(`${policy.name} saved. New incidents use it.`);
        },
        onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
      },
    );
  });
  return (
    <Modal opened onClose={onClose} title={`Targets of ${policy.name}`} size="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          {update.isError && (
            <Alert color="red" role="alert" title="Not saved">
              {messageOf(update.error)}
            </Alert>
          )}
          <p className="dim">
            Saving makes a new version. Running clocks keep the one they started with.
          </p>
          <div className={classes.grid}>
            <span />
            <span className={classes.columnHead}>Response within</span>
            <span className={classes.columnHead}>Resolution within</span>
            {PRIORITIES.map((priority) => (
              <Fragment key={priority}>
                <PriorityBadge priority={priority} />
                {KINDS.map((kind) => (
                  <TextInput
                    key={kind}
                    aria-label={`${PRIORITY_WORDS[priority]}, ${kind} within`}
                    placeholder="no target"
                    {...form.getInputProps(`${priority}.${kind}`)}
                  />
                ))}
              </Fragment>
            ))}
          </div>
          <NumberInput
            label="Warn when this share of the time is used"
            suffix=" %"
            min={1}
            max={99}
            w={280}
            {...form.getInputProps("warn")}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={update.isPending}>
              Save targets
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
