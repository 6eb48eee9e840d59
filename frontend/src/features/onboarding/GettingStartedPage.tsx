import { Button, Skeleton } from "@mantine/core";
import { Page } from "../../ui/Page";
import { ErrorState } from "../../ui/State";
import { DemoCard } from "./DemoCard";
import { FirstSteps } from "./FirstSteps";
import classes from "./Onboarding.module.css";
import { useFirstRun, useUpdateFirstRun } from "./queries";

/** The first steps and the demo data, whenever somebody wants them. */
export function GettingStartedPage() {
  const query = useFirstRun();
  const update = useUpdateFirstRun();
  const state = query.data;
  return (
    <Page title="Getting started">
      {query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : !state ? (
        <Skeleton height={320} aria-busy />
      ) : (
        <div className={classes.column}>
          <FirstSteps state={state} />
          <DemoCard demo={state.demo} />
          {state.dismissed && (
            <Button
              variant="subtle"
              loading={update.isPending}
              onClick={() => update.mutate({ dismissed: false })}
            >
              Greet on an empty queue again
            </Button>
          )}
        </div>
      )}
    </Page>
  );
}
