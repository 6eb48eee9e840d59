import { t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import { IconFileUnknown } from "@tabler/icons-react";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { ErrorState, State } from "../ui/State";

export function MissingPage() {
  return (
    <main>
      <State
        page
        icon={IconFileUnknown}
        title={t`There is no such page`}
        action={
          <Button component={Link} to="/" variant="default">
            {t`Go to the queue`}
          </Button>
        }
      >
        {t`The address may be mistyped, or the page has moved.`}
      </State>
    </main>
  );
}

/** For whatever breaks while a page loads or renders. */
export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <main>
      <ErrorState page error={error} retry={retry} />
    </main>
  );
}
