import { Tooltip } from "@mantine/core";
import { useTimeZone } from "../api/useSession";
import { useTick } from "./ticker";
import { formatAgo, formatInstant } from "./time";

/** Relative time; the absolute one, with its zone, on hover. */
export function Time({ at }: { at: string }) {
  const timeZone = useTimeZone();
  const text = useTick((now) => formatAgo(at, now, timeZone));
  return (
    <Tooltip label={formatInstant(at, timeZone)}>
      <time dateTime={at} className="num">
        {text}
      </time>
    </Tooltip>
  );
}
