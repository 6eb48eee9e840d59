import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { DemoCard } from "./DemoCard";
import { FirstSteps } from "./FirstSteps";
import classes from "./Onboarding.module.css";
import { useFirstRun, useUpdateFirstRun } from "./queries";

/**
 * Greets the first administrator on an empty queue.
 *
 * @param quiet - what is shown once there is nothing to greet about
 */
export default function Welcome({ quiet }: { quiet: ReactNode }) {
  const { data: state } = useFirstRun();
  const update = useUpdateFirstRun();
  const greets = state && (state.empty || state.demo.status === "filling");
  if (!greets || state.dismissed) return quiet;
  return (
    <div className={classes.welcome}>
      <div className={classes.column}>
        <h2 className={classes.greeting}>Welcome</h2>
        <p className={classes.lead}>
          Three steps, and incidents get their deadlines. You find them again under
          Getting started.
        </p>
        <FirstSteps state={state} />
        <DemoCard demo={state.demo} />
        <Button
          variant="subtle"
          loading={update.isPending}
          onClick={() => update.mutate({ dismissed: true })}
        >
          Do not greet any more
        </Button>
      </div>
    </div>
  );
}
