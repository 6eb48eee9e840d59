import { Button } from "@mantine/core";
import { IconChecks, IconFilterOff } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { isAtLeast, useUser } from "../../api/useSession";
import { State } from "../../ui/State";

const Welcome = lazy(() => import("../onboarding/Welcome"));

type Props = { filtered: boolean; clear: () => void; create: () => void };

/** A queue without a row, and what to do about it. */
export function QueueEmpty({ filtered, clear, create }: Props) {
  const user = useUser();
  if (filtered)
    return (
      <State
        icon={IconFilterOff}
        title="Nothing matches"
        action={
          <Button variant="default" onClick={clear}>
            Show all open incidents
          </Button>
        }
      >
        No incident fits these filters. Take one away to see more.
      </State>
    );
  const quiet = (
    <State
      icon={IconChecks}
      title="All quiet"
      action={<Button onClick={create}>New incident</Button>}
    >
      There is no open incident. A new one gets its deadlines the moment it is created.
    </State>
  );
  if (!isAtLeast(user, "administrator")) return quiet;
  return (
    <Suspense fallback={quiet}>
      <Welcome quiet={quiet} />
    </Suspense>
  );
}
