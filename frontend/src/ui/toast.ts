import { t } from "@lingui/core/macro";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { ApiError, messageOf } from "../api/errors";

const closeButtonProps = { "aria-label": t`Close` };
const SHORT_MS = 4000;
const LONG_MS = 8000;

export function toastDone(message: ReactNode): void {
  notifications.show({ message, closeButtonProps, autoClose: SHORT_MS, color: "gray" });
}

/** Says what failed and what to do; never used for errors that a form shows by itself. */
export function toastError(title: string, error: unknown): void {
  const trace = error instanceof ApiError && error.status >= 500 && error.traceId;
  notifications.show({
    title,
    message: trace
      ? t`${{ text: messageOf(error) }} (trace ${trace})`
      : messageOf(error),
    color: "red",
    closeButtonProps,
    autoClose: LONG_MS,
  });
}
