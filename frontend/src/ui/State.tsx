import { t } from "@lingui/core/macro";
import { Button } from "@mantine/core";
import {
  IconCloudOff,
  IconFileUnknown,
  IconLock,
  IconMoodSad,
  type TablerIcon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { ApiError, messageOf } from "../api/errors";
import classes from "./State.module.css";

type Props = {
  icon: TablerIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** For a state that is the whole page. */
  page?: boolean;
};

/** A page or panel with nothing to show: what, why, and one next step. */
export function State({ icon: Icon, title, children, action, page }: Props) {
  const Heading = page ? "h1" : "h2";
  return (
    <div className={classes.state}>
      <div className={classes.icon}>
        <Icon size={24} stroke={1.5} aria-hidden />
      </div>
      <Heading className={classes.title}>{title}</Heading>
      {children && <div className={classes.text}>{children}</div>}
      {action && <div className={classes.action}>{action}</div>}
    </div>
  );
}

type ErrorProps = { error: unknown; retry: () => void; page?: boolean };

type Known = { icon: TablerIcon; title: string; leave?: boolean };

const KNOWN: Record<number, Known> = {
  0: { icon: IconCloudOff, title: t`No connection` },
  403: { icon: IconLock, title: t`You may not see this`, leave: true },
  404: { icon: IconFileUnknown, title: t`Not found`, leave: true },
};

const UNKNOWN: Known = { icon: IconMoodSad, title: t`This did not load` };

/** The state for anything that failed to load. */
export function ErrorState({ error, retry, page }: ErrorProps) {
  const failure = error instanceof ApiError ? error : null;
  const { icon, title, leave } = KNOWN[failure?.status ?? -1] ?? UNKNOWN;
  const action = leave ? (
    <Button component="a" href="/" variant="default">
      {t`Go to the queue`}
    </Button>
  ) : (
    <Button variant="default" onClick={retry}>
      {t`Try again`}
    </Button>
  );
  return (
    <State page={page} icon={icon} title={title} action={action}>
      {messageOf(error)}
      {failure?.traceId && !leave && (
        <p className={`${classes.trace} num`}>{t`Trace ${{ id: failure.traceId }}`}</p>
      )}
    </State>
  );
}
