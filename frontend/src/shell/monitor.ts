import { t } from "@lingui/core/macro";
import { api, done } from "../api/client";
import { toastError } from "../ui/toast";

/** Opens the job monitor; a short-lived cookie lets the new tab in. */
export async function openMonitor(): Promise<void> {
  // Opened at once, within the click, so that no pop-up blocker steps in.
  const tab = window.open("about:blank", "_blank");
  try {
    await done(api.POST("/api/v1/auth/monitor"));
    if (tab) tab.location.href = "/saq";
  } catch (error) {
    tab?.close();
    toastError(t`The job monitor did not open`, error);
  }
}
