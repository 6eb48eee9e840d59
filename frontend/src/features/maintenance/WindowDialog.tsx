import { t } from "@lingui/core/macro";
import {
  Alert,
  Button,
  Group,
  Modal,
  MultiSelect,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ApiError, messageOf } from "../../api/errors";
import type { MaintenanceWindow } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { serverNow } from "../../ui/ticker";
import { formatStillSpan } from "../../ui/time";
import { toastDone } from "../../ui/toast";
import { fromWallTime } from "../../ui/wallTime";
import { organizationsQuery, teamsQuery } from "../accounts/queries";
import classes from "./Maintenance.module.css";
import { useSaveWindow } from "./queries";
import { creation, missing, update, valuesOf } from "./windows";

type Props = { window: MaintenanceWindow | null; onClose: () => void };

const names = (items: { id: string; name: string }[] = []) =>
  items.map(({ id, name }) => ({ value: id, label: name }));

/** Announces a window, or changes one that is not over. */
export function WindowDialog({ window, onClose }: Props) {
  const timeZone = useTimeZone();
  const phone = useMediaQuery("(max-width: 700px)");
  const { data: teams } = useQuery(teamsQuery);
  const { data: organizations } = useQuery(organizationsQuery());
  const save = useSaveWindow();
  const before = valuesOf(window, timeZone, serverNow());
  const form = useForm({
    initialValues: before,
    validate: (values) => missing(values, timeZone),
  });
  const runs = window?.status === "running";
  const { match } = form.values;
  const everything =
    match.team_ids.length + match.organization_ids.length + match.tags.length === 0;

  const submit = form.onSubmit((values) =>
    save.mutate(
      window
        ? {
            id: window.id,
            version: window.version,
            body: update(values, form.getInitialValues(), timeZone),
          }
        : { body: creation(values, timeZone) },
      {
        onSuccess: () => {
          onClose();
          const name = values.name.trim();
          toastDone(
            window
              ? t`${name} saved`
              : t`${name} announced; those whom it concerns are told`,
          );
        },
        onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
      },
    ),
  );
  const fieldless =
    save.error &&
    !(save.error instanceof ApiError && Object.keys(save.error.fields)[0]);

  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      fullScreen={phone}
      title={window ? t`Change ${{ name: window.name }}` : t`New maintenance window`}
    >
      <form onSubmit={submit} noValidate>
        <Stack>
          {fieldless && (
            <Alert color="red" role="alert" title={t`Not saved`}>
              {messageOf(save.error)}
            </Alert>
          )}
          <TextInput
            label={t`Name`}
            placeholder={t`Database upgrade`}
            maxLength={200}
            data-autofocus
            {...form.getInputProps("name")}
          />
          <div className={classes.period}>
            <TextInput
              type="datetime-local"
              label={t`Begins`}
              disabled={runs}
              {...form.getInputProps("starts_at")}
            />
            <TextInput
              type="datetime-local"
              label={t`Ends`}
              {...form.getInputProps("ends_at")}
            />
            <p className="dim num">
              <Length
                from={fromWallTime(form.values.starts_at, timeZone)}
                to={fromWallTime(form.values.ends_at, timeZone)}
              />
              {t`Times in ${timeZone}.`}
              {runs && ` ${t`It runs: only name, note and end can be changed.`}`}
            </p>
          </div>
          <Textarea
            label={t`Note`}
            description={t`Optional. It stands in the announcement.`}
            autosize
            minRows={2}
            maxLength={2000}
            {...form.getInputProps("note")}
          />
          <fieldset className={classes.match} disabled={runs}>
            <legend>{t`Whose clocks pause`}</legend>
            <p className="dim">
              {everything
                ? t`Nothing is chosen: every open incident.`
                : t`Open incidents for which all that is chosen holds; of each list, one is enough.`}
            </p>
            <MultiSelect
              label={t`Teams`}
              searchable
              disabled={runs}
              comboboxProps={{ withinPortal: false }}
              nothingFoundMessage={t`No such team`}
              data={names(teams)}
              {...form.getInputProps("match.team_ids")}
            />
            <MultiSelect
              label={t`Organizations`}
              searchable
              disabled={runs}
              comboboxProps={{ withinPortal: false }}
              nothingFoundMessage={t`No such organization`}
              data={names(organizations?.items)}
              {...form.getInputProps("match.organization_ids")}
            />
            <TagsInput
              label={t`Tags`}
              disabled={runs}
              placeholder={match.tags.length ? "" : t`Type and press Enter`}
              maxTags={20}
              {...form.getInputProps("match.tags")}
            />
          </fieldset>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t`Cancel`}
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={window !== null && !form.isDirty()}
            >
              {window ? t`Save` : t`Announce window`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Length({ from, to }: { from: string | null; to: string | null }) {
  const seconds = from && to ? (Date.parse(to) - Date.parse(from)) / 1000 : 0;
  return seconds > 0 && <>{t`${{ time: formatStillSpan(seconds) }} long.`} </>;
}
