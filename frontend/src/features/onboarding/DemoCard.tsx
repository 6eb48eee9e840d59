import { Alert, Button, Progress } from "@mantine/core";
import { useState } from "react";
import type { DemoData } from "../../api/types";
import { Confirm } from "../../ui/Confirm";
import classes from "./Onboarding.module.css";
import { useAddDemo, useRemoveDemo } from "./queries";

/** Offers demo data, tells how far they are, and takes them away again. */
export function DemoCard({ demo }: { demo: DemoData }) {
  const add = useAddDemo();
  return (
    <section className={classes.card} aria-label="Demo data">
      <h2>Demo data</h2>
      {demo.status === "none" && (
        <>
          <p>
            Look around with {demo.total} incidents of the past month, some of them
            about to breach. The people, teams and the customer in them are marked
            “(demo)”. Nobody gets a mail about any of it, and you can remove all of it
            again.
          </p>
          <Button
            variant="default"
            loading={add.isPending}
            onClick={() => add.mutate()}
          >
            Add demo data
          </Button>
        </>
      )}
      {demo.status === "filling" && <Filling demo={demo} />}
      {demo.status === "ready" && <Ready total={demo.total} />}
    </section>
  );
}

function Filling({ demo }: { demo: DemoData }) {
  return (
    <>
      <Progress
        value={(demo.done / demo.total) * 100}
        size="lg"
        aria-label="Demo data added"
      />
      <p className="num" role="status">
        {demo.done} of {demo.total} incidents are there. You can leave this page.
      </p>
      {demo.error && (
        <Alert color="red" title="The last attempt failed">
          It is tried again within a minute. If it stays, look into the worker's log for{" "}
          {demo.error}.
        </Alert>
      )}
    </>
  );
}

function Ready({ total }: { total: number }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemoveDemo();
  return (
    <>
      <p>
        <span className="num">{total}</span> demo incidents are here, with the people
        and teams in them. Nobody gets a mail about them.
      </p>
      <Button variant="default" onClick={() => setAsking(true)}>
        Remove demo data
      </Button>
      <Confirm
        opened={asking}
        title="Remove the demo data?"
        verb="Remove demo data"
        loading={remove.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          remove.mutate(undefined, { onSettled: () => setAsking(false) })
        }
      >
        All demo incidents, people, teams and the demo customer leave every list, count
        and report, with whatever was added to them. Your own incidents stay, also those
        that were given to demo people.
      </Confirm>
    </>
  );
}
