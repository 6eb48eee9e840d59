import "../../extra-styles";
import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiError, messageOf } from "../../api/errors";
import type { User } from "../../api/types";
import { useUser } from "../../api/useSession";
import { Page } from "../../ui/Page";
import { toastDone } from "../../ui/toast";
import { LanguageSelect } from "./LanguageSelect";
import { useChangePassword, useUpdateProfile } from "./mutations";
import classes from "./Profile.module.css";
import { metaQuery } from "./queries";
import { TimeZoneSelect } from "./TimeZoneSelect";
import { ROLE_WORDS } from "./UserDialog";

export function ProfilePage() {
  const user = useUser();
  if (!user) return null;
  return (
    <Page title="Profile">
      <div className={classes.sections}>
        <section>
          <h2>You</h2>
          <p className="dim">
            {user.email} · {ROLE_WORDS[user.role]}
          </p>
          <Details key={user.version} user={user} />
        </section>
        <section>
          <h2>Password</h2>
          <p className="dim">Changing it signs you out everywhere else.</p>
          <Password email={user.email} />
        </section>
        <section>
          <h2>Notifications</h2>
          <p className="dim">
            What you are told and when:{" "}
            <Link to="/notifications/preferences">notifications</Link>.
          </p>
        </section>
        <section>
          <h2>API tokens</h2>
          <p className="dim">
            Scripts sign in with <Link to="/tokens">personal tokens</Link>.
          </p>
        </section>
      </div>
    </Page>
  );
}

function FormError({ error, shown }: { error: Error | null; shown: boolean }) {
  if (!error || !shown) return null;
  return (
    <Alert color="red" role="alert" title="Not saved">
      {messageOf(error)}
    </Alert>
  );
}

const hasFields = (error: Error | null) =>
  error instanceof ApiError && Object.keys(error.fields).length > 0;

function Details({ user }: { user: User }) {
  const update = useUpdateProfile();
  const { name, timezone, language } = user;
  const form = useForm({ initialValues: { name, timezone, language } });
  const submit = form.onSubmit((body) =>
    update.mutate(body, {
      onSuccess: () => toastDone("Profile saved"),
      onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Stack mt="md">
        <FormError error={update.error} shown={!hasFields(update.error)} />
        <TextInput label="Name" autoComplete="name" {...form.getInputProps("name")} />
        <TimeZoneSelect
          description="All times are shown in it."
          {...form.getInputProps("timezone")}
        />
        <LanguageSelect
          label="Language"
          description="Of these pages and of the mails to you."
          {...form.getInputProps("language")}
        />
        <div>
          <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
            Save profile
          </Button>
        </div>
      </Stack>
    </form>
  );
}

function Password({ email }: { email: string }) {
  const change = useChangePassword();
  const { data: meta } = useQuery(metaQuery);
  const form = useForm({ initialValues: { current_password: "", new_password: "" } });
  const submit = form.onSubmit((body) =>
    change.mutate(body, {
      onSuccess: () => {
        form.reset();
        toastDone("Password changed");
      },
      onError: (e) => e instanceof ApiError && form.setErrors(e.fields),
    }),
  );
  const eye = { "aria-label": "Show the characters" };
  return (
    <form onSubmit={submit} noValidate>
      <input type="text" autoComplete="username" defaultValue={email} hidden readOnly />
      <Stack mt="md">
        <FormError error={change.error} shown={!hasFields(change.error)} />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          visibilityToggleButtonProps={eye}
          {...form.getInputProps("current_password")}
        />
        <PasswordInput
          label="New password"
          description={meta && `At least ${meta.password_min_length} characters`}
          autoComplete="new-password"
          visibilityToggleButtonProps={eye}
          {...form.getInputProps("new_password")}
        />
        <div>
          <Button type="submit" loading={change.isPending}>
            Change password
          </Button>
        </div>
      </Stack>
    </form>
  );
}
