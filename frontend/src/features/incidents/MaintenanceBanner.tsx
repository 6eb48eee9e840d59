import { IconTool } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { WindowAhead } from "../../api/types";
import { useTimeZone } from "../../api/useSession";
import { useTick } from "../../ui/ticker";
import { formatMoment, formatPeriod } from "../../ui/time";
import { slaQuery } from "../sla/queries";
import classes from "./Incident.module.css";

/** Maintenance that concerns an incident: what runs, and what is announced. */
export function MaintenanceBanner({ number }: { number: string }) {
  const { data: sla } = useQuery(slaQuery(number));
  if (!sla?.maintenance.length) return null;
  return (
    <section className={classes.maintenance} aria-label="Maintenance">
      {sla.maintenance.map((window) => (
        <Line key={window.id} window={window} />
      ))}
    </section>
  );
}

function Line({ window }: { window: WindowAhead }) {
  const timeZone = useTimeZone();
  const text = useTick((now) => {
    if (now >= Date.parse(window.ends_at)) return "";
    return now >= Date.parse(window.starts_at)
      ? `runs until ${formatMoment(window.ends_at, timeZone, now)}; the clocks stand still.`
      : `is planned: ${formatPeriod(window.starts_at, window.ends_at, timeZone, now)}. The clocks will stand still.`;
  });
  if (!text) return null;
  return (
    <p>
      <IconTool size={16} stroke={1.75} aria-hidden />
      <span className="num">
        <strong>{window.name}</strong> {text}
      </span>
    </p>
  );
}
