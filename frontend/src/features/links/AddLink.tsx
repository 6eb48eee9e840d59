import { t } from "@lingui/core/macro";
import { Button, Group, Select } from "@mantine/core";
import { useState } from "react";
import { messageOf } from "../../api/errors";
import type { LinkKind } from "../../api/types";
import { IncidentSelect } from "./IncidentSelect";
import { LINK_OPTIONS } from "./kinds";
import classes from "./Links.module.css";
import { useAddLink } from "./queries";

/** Says what an incident is to which other one. */
export function AddLink({ number, onClose }: { number: string; onClose: () => void }) {
  const [kind, setKind] = useState<LinkKind>("related");
  const [to, setTo] = useState<string | null>(null);
  const add = useAddLink(number);
  const submit = () => {
    if (to) add.mutate({ kind, to }, { onSuccess: onClose });
  };
  return (
    <form
      className={classes.form}
      aria-label={t`Add a link`}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Select
        label={t`${number} is`}
        allowDeselect={false}
        data={LINK_OPTIONS}
        value={kind}
        onChange={(value) => setKind(value as LinkKind)}
      />
      <IncidentSelect
        label={t`Incident`}
        data-autofocus
        autoFocus
        value={to}
        except={number}
        error={add.isError && messageOf(add.error)}
        onChange={(value) => {
          add.reset();
          setTo(value);
        }}
      />
      <Group justify="flex-end" gap="xs">
        <Button size="xs" variant="default" onClick={onClose}>
          {t`Cancel`}
        </Button>
        <Button size="xs" type="submit" disabled={!to} loading={add.isPending}>
          {t`Link`}
        </Button>
      </Group>
    </form>
  );
}
