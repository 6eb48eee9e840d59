import "../../extra-styles";
import {
  Alert,
  Button,
  SegmentedControl,
  Skeleton,
  Switch,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError, messageOf } from "../../api/errors";
import type { Preferences } from "../../api/types";
import { Page } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { toastDone } from "../../ui/toast";
import classes from "./Preferences.module.css";
import {
  type Choice,
  KIND_TEXTS,
  passesMidnight,
  updateOf,
  valuesOf,
  WHEN_WORDS,
  type When,
} from "./preferences";
import { preferencesQuery, useReplacePreferences } from "./queries";

/** What one is told, and when. */
export function PreferencesPage() {
  const query = useQuery(preferencesQuery);
  return (
    <Page title="Notifications">
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : query.data ? (
        <Form preferences={query.data} />
      ) : (
        <div className={classes.form} aria-busy="true">
          <Skeleton height={340} />
          <Skeleton height={140} />
        </div>
      )}
    </Page>
  );
}

function Form({ preferences }: { preferences: Preferences }) {
  const replace = useReplacePreferences();
  const form = useForm({ initialValues: valuesOf(preferences) });
  const { values } = form;
  const submit = form.onSubmit(() =>
    replace.mutate(updateOf(values, preferences), {
      onSuccess: () => {
        form.resetDirty();
        toastDone("Notifications saved");
      },
      onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
    }),
  );
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      {replace.isError && (
        <Alert color="red" role="alert" title="Not saved">
          {messageOf(replace.error)}
        </Alert>
      )}
      <section className={classes.panel}>
        <h2>What you are told by mail</h2>
        <ul className={classes.kinds}>
          {preferences.choices.map((choice) => (
            <Row
              key={choice.kind}
              choice={choice}
              value={values.choices[choice.kind]}
              onChange={(when) => form.setFieldValue(`choices.${choice.kind}`, when)}
            />
          ))}
        </ul>
      </section>
      <section className={classes.panel}>
        <h2>When</h2>
        <p className={`${classes.zone} dim`}>
          Times in {preferences.timezone}, your zone in the{" "}
          <Link to="/profile">profile</Link>.
        </p>
        <div className={classes.times}>
          <TextInput
            type="time"
            label="The digest comes at"
            description="One mail a day with all that was put off."
            {...form.getInputProps("digest_at")}
          />
        </div>
        <Switch
          label="Quiet hours"
          description="Nothing comes in them but breaches and escalations that you want at once. The rest waits for their end."
          {...form.getInputProps("quiet", { type: "checkbox" })}
        />
        {values.quiet && (
          <div className={classes.times}>
            <TextInput type="time" label="From" {...form.getInputProps("quiet_from")} />
            <TextInput
              type="time"
              label={passesMidnight(values) ? "To, on the next day" : "To"}
              {...form.getInputProps("quiet_to")}
            />
          </div>
        )}
      </section>
      <div>
        <Button type="submit" loading={replace.isPending} disabled={!form.isDirty()}>
          Save notifications
        </Button>
      </div>
    </form>
  );
}

type RowProps = { choice: Choice; value: When; onChange: (when: When) => void };

function Row({ choice, value, onChange }: RowProps) {
  const { title, hint } = KIND_TEXTS[choice.kind];
  return (
    <li className={classes.kind}>
      <div>
        <h3>{title}</h3>
        <p className="dim">
          {hint}
          {!choice.can_be_off && (
            <span className={classes.locked}>
              <IconLock size={14} stroke={1.75} aria-hidden /> Cannot be switched off.
            </span>
          )}
        </p>
      </div>
      <SegmentedControl
        aria-label={title}
        value={value}
        onChange={(when) => onChange(when as When)}
        data={Object.entries(WHEN_WORDS).map(([when, label]) => ({
          value: when,
          label,
          disabled: when === "off" && !choice.can_be_off,
        }))}
      />
    </li>
  );
}
