import "../../extra-styles";
import { Button, Progress } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { FirstRun } from "../../api/types";
import { useShell } from "../../shell/context";
import classes from "./Onboarding.module.css";
import { useUpdateFirstRun } from "./queries";

type StepProps = { number: number; done: boolean; title: string; children: ReactNode };

function Step({ number, done, title, children }: StepProps) {
  return (
    <li className={`${classes.step} ${done ? classes.done : ""}`}>
      <span className={`${classes.mark} num`} aria-hidden>
        {done ? <IconCheck size={16} stroke={2.5} /> : number}
      </span>
      <div>
        <h3>
          {title}
          {done && <span className={classes.word}>Done</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}

/** The three steps of a new installation, with what its data say is done. */
export function FirstSteps({ state }: { state: FirstRun }) {
  const { openCreate } = useShell();
  const update = useUpdateFirstRun();
  const done = [state.people, state.promises, state.work].filter(Boolean).length;
  return (
    <section className={classes.card} aria-label="First steps">
      <header className={classes.head}>
        <h2>First steps</h2>
        <span className="dim num">{done} of 3 done</span>
      </header>
      <Progress value={(done / 3) * 100} size="sm" aria-label="First steps done" />
      <ol className={classes.steps}>
        <Step number={1} done={state.people} title="Invite people">
          <p>Agents work on incidents, reporters see their own. Each gets a mail.</p>
          <div className={classes.actions}>
            <Link to="/users">Open users</Link>
          </div>
        </Step>
        <Step number={2} done={state.promises} title="Choose calendar and policy">
          <p>
            When you work, and how soon you answer and resolve. The standard policy runs
            around the clock.
          </p>
          <div className={classes.actions}>
            <Link to="/calendars">Open calendars</Link>
            <Link to="/policies">Open SLA policies</Link>
            {!state.promises && (
              <Button
                variant="subtle"
                size="compact-sm"
                loading={update.isPending}
                onClick={() => update.mutate({ promises_kept: true })}
              >
                Keep the standard ones
              </Button>
            )}
          </div>
        </Step>
        <Step
          number={3}
          done={state.work}
          title="Create the first incident, or connect"
        >
          <p>Write one yourself, or let a script do it with an API token.</p>
          <div className={classes.actions}>
            <Button size="compact-sm" onClick={openCreate}>
              New incident
            </Button>
            <Link to="/tokens">Open API tokens</Link>
          </div>
        </Step>
      </ol>
    </section>
  );
}
