import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client";
import type { Attendance } from "../../api/types";
import { serverNow } from "../../ui/ticker";

/** Asked again this long after somebody's time is over, so that the answer is without them. */
const MARGIN_MS = 500;

/** When the first of them would be gone, or would have stopped typing. */
function untilNext(people: Attendance[] | undefined): number | false {
  if (!people?.length) return false;
  const next = Math.min(...people.map(({ until }) => Date.parse(until)));
  return Math.max(0, next - serverNow()) + MARGIN_MS;
}

/** Who has an incident open. */
export const presenceQuery = (number: string) =>
  queryOptions({
    queryKey: ["incident", number, "presence"],
    queryFn: async ({ signal }) =>
      (
        await unwrap(
          api.GET("/api/v1/incidents/{reference}/presence", {
            params: { path: { reference: number } },
            signal,
          }),
        )
      ).items,
    refetchInterval: ({ state }) => untilNext(state.data),
    // Nobody needs it so much that a server in trouble is asked thrice.
    retry: false,
  });
