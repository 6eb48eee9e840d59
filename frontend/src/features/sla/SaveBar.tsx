import { t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Confirm } from "../../ui/Confirm";
import classes from "./Editor.module.css";

type Props = {
  dirty: boolean;
  /** What is not saved, in a few words. */
  children: ReactNode;
  verb: string;
  loading?: boolean;
  onSave: () => void;
  onDiscard: () => void;
};

/** Stands at the foot of an editor while something is not saved, and asks before it is lost. */
export function SaveBar({ dirty, children, verb, loading, onSave, onDiscard }: Props) {
  const blocker = useBlocker({
    // Another tab of the same editor keeps what was typed.
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <>
      {dirty && (
        <section className={classes.saveBar} aria-label={t`Unsaved changes`}>
          <span className={classes.unsaved}>{children}</span>
          <Button variant="default" onClick={onDiscard}>
            {t`Discard`}
          </Button>
          <Button loading={loading} onClick={onSave}>
            {verb}
          </Button>
        </section>
      )}
      <Confirm
        opened={blocker.status === "blocked"}
        title={t`Leave without saving?`}
        verb={t`Leave`}
        onConfirm={() => blocker.proceed?.()}
        onClose={() => blocker.reset?.()}
      >
        {t`What you changed here is lost.`}
      </Confirm>
    </>
  );
}
