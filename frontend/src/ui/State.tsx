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

/** The state for anything that failed to load. */
export function ErrorState({ error, retry, page }: ErrorProps) {
  const status = error instanceof ApiError ? error.status : -1;
  const again = (
    <Button variant="default" onClick={retry}>
      Try again
    </Button>
  );
  const message = messageOf(error);
  if (status === 0)
    return (
      <State page={page} icon={IconCloudOff} title="No connection" action={again}>
        {message}
      </State>
    );
  if (status === 403)
    return (
      <State page={page} icon={IconLock} title="You may not see this">
        {message}
      </State>
    );
  if (status === 404)
    return (
      <State page={page} icon={IconFileUnknown} title="Not found">
        {message}
      </State>
    );
  const trace = error instanceof ApiError ? error.traceId : undefined;
  return (
    <State page={page} icon={IconMoodSad} title="This did not load" action={again}>
      {message}
      {trace && <p className={`${classes.trace} num`}>Trace {trace}</p>}
    </State>
  );
}
