import { useTimeZone } from "../api/useSession";
import { tip } from "./Tip";
import { useTick } from "./ticker";
import { formatAgo, formatInstant } from "./time";

/** Relative time; the absolute one, with its zone, on hover. */
export function Time({ at }: { at: string }) {
  const timeZone = useTimeZone();
  const text = useTick((now) => formatAgo(at, now, timeZone));
  return (
    <time dateTime={at} className="num" {...tip(formatInstant(at, timeZone))}>
      {text}
    </time>
  );
}
