import type { AuditEvent } from "../../api/types";
import { Avatar } from "../../ui/Person";
import { Time } from "../../ui/Time";
import { Changes } from "../sla/Changes";
import classes from "./Audit.module.css";
import { ACTION_WORDS, changesOf, thingOf, VIA_WORDS, whoOf } from "./words";

/** `onPick` shows the history of the thing alone. */
type Props = { event: AuditEvent; onPick?: () => void };

/** One event as a sentence, and what was different behind a click. */
export function AuditItem({ event, onPick }: Props) {
  const who = whoOf(event);
  const thing = thingOf(event);
  const changes = changesOf(event);
  const alarming = event.action.startsWith("sign_in_");
  return (
    <li className={classes.item}>
      <Avatar name={event.actor ? who : null} />
      <div className={classes.body}>
        <p className={classes.sentence}>
          <strong>{who}</strong>{" "}
          <span className={alarming ? classes.alarm : undefined}>
            {ACTION_WORDS[event.action]}
          </span>
          {thing && (
            <>
              {" "}
              {thing.kind}{" "}
              {onPick && event.object_id ? (
                <button type="button" className={classes.thing} onClick={onPick}>
                  <span className="sr-only">Only </span>
                  {thing.name}
                </button>
              ) : (
                <strong>{thing.name}</strong>
              )}
            </>
          )}
        </p>
        <p className={classes.facts}>
          <Time at={event.at} />
          <span>{VIA_WORDS[event.via]}</span>
          {event.address && <span className="num">from {event.address}</span>}
        </p>
        {changes.length > 0 && (
          <details className={classes.details}>
            <summary>
              {changes.length === 1 ? "1 difference" : `${changes.length} differences`}
            </summary>
            <Changes changes={changes} />
          </details>
        )}
      </div>
    </li>
  );
}
