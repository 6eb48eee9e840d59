import type { Delivery } from "../../api/types";

/** Why a mail did not go out at once. */
export const REASON_WORDS: Record<NonNullable<Delivery["reason"]>, string> = {
  switched_off: "switched off by the recipient",
  quiet_hours: "quiet hours",
  digest: "waits for the digest",
  storm: "too many at once",
  downtime: "noticed late, after an outage",
  left: "the recipient has left",
  demo: "demo data",
  push_failed: "the browser could not be reached",
};
