import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, done } from "../../api/client";
import { messageOf } from "../../api/errors";
import { AuthFrame } from "./AuthFrame";
import { metaQuery } from "./queries";

function BackToSignIn() {
  return (
    <Anchor component={Link} to="/sign-in" size="sm">
      Back to sign in
    </Anchor>
  );
}

export function ForgotPasswordPage() {
  const [email, setEmail] = useState("");
  const request = useMutation({
    mutationFn: () =>
      done(api.POST("/api/v1/auth/password-reset", { body: { email } })),
  });
  if (request.isSuccess)
    return (
      <AuthFrame
        title="Check your mail"
        lead={`If ${email} has an account, a link to set a new password is on its way.`}
      >
        <BackToSignIn />
      </AuthFrame>
    );
  return (
    <AuthFrame title="Reset your password" lead="We send a link to your address.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          request.mutate();
        }}
      >
        <Stack>
          {request.isError && (
            <Alert color="red" role="alert">
              {messageOf(request.error)}
            </Alert>
          )}
          <TextInput
            label="E-mail"
            type="email"
            size="md"
            required
            withAsterisk={false}
            autoComplete="username"
            value={email}
            onChange={(e) => setEmail(e.currentTarget.value)}
          />
          <Button type="submit" size="md" loading={request.isPending}>
            Send the link
          </Button>
          <BackToSignIn />
        </Stack>
      </form>
    </AuthFrame>
  );
}

const resetRoute = getRouteApi("/reset-password");

export function ResetPasswordPage() {
  const { token } = resetRoute.useSearch();
  const [password, setPassword] = useState("");
  const { data: meta } = useQuery(metaQuery);
  const confirm = useMutation({
    mutationFn: () =>
      done(
        api.POST("/api/v1/auth/password-reset/confirm", {
          body: { token: token ?? "", new_password: password },
        }),
      ),
  });
  if (!token)
    return (
      <AuthFrame title="The link is incomplete" lead="Ask for a new one.">
        <Anchor component={Link} to="/forgot-password">
          Send a new link
        </Anchor>
      </AuthFrame>
    );
  if (confirm.isSuccess)
    return (
      <AuthFrame title="Password changed" lead="You can sign in with it now.">
        <Button component={Link} to="/sign-in" size="md">
          Sign in
        </Button>
      </AuthFrame>
    );
  const shortest = meta?.password_min_length;
  return (
    <AuthFrame title="Set a new password" lead="It replaces the old one everywhere.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          confirm.mutate();
        }}
      >
        <Stack>
          {confirm.isError && (
            <Alert color="red" role="alert">
              {messageOf(confirm.error)}
            </Alert>
          )}
          <PasswordInput
            label="New password"
            description={shortest ? `At least ${shortest} characters` : undefined}
            autoComplete="new-password"
            size="md"
            required
            withAsterisk={false}
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
            visibilityToggleButtonProps={{ "aria-label": "Show the characters" }}
          />
          <Button type="submit" size="md" loading={confirm.isPending}>
            Set password
          </Button>
          <BackToSignIn />
        </Stack>
      </form>
    </AuthFrame>
  );
}
