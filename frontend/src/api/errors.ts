import { t } from "@lingui/core/macro";
import type { ErrorItem } from "./types";

/** An answer of the API that is not a success, or no answer at all (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly errors: ErrorItem[] = [],
    readonly traceId?: string,
    /** Seconds to wait before trying again (429 and 503). */
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "ApiError";
  }

  has(code: string): boolean {
    return this.errors.some((e) => e.code === code);
  }

  /** Messages by field, for forms. */
  get fields(): Record<string, string> {
    const fields: Record<string, string> = {};
    for (const e of this.errors) if (e.field) fields[e.field] ??= e.message;
    return fields;
  }
}

export const OFFLINE_MESSAGE = t`The server cannot be reached. Check your connection; nothing you typed is lost.`;

const FALLBACK: Record<number, string> = {
  401: t`You are signed out. Sign in again.`,
  403: t`Your role does not allow this. Ask a manager or an administrator.`,
  404: t`This does not exist, or you may not see it.`,
  409: t`Somebody changed this in the meantime. Reload and try again.`,
  413: t`The file is too large.`,
  415: t`This type of file is not accepted.`,
  429: t`Too many attempts. Wait a moment and try again.`,
  503: t`The service is starting or overloaded. Try again in a moment.`,
};

/** Turns any failed answer into an `ApiError` whose message says what to do. */
export function toApiError(response: Response, body: unknown): ApiError {
  const envelope = (body && typeof body === "object" ? body : {}) as {
    message?: string | null;
    errors?: ErrorItem[];
    trace_id?: string;
  };
  const retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  const message =
    envelope.message ||
    FALLBACK[response.status] ||
    t`Something went wrong on the server. Try again; if it stays, tell an administrator.`;
  return new ApiError(
    response.status,
    message,
    envelope.errors ?? [],
    envelope.trace_id,
    retryAfter,
  );
}

/** What to show a person for anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) {
    const wait = error.status === 429 && error.retryAfter;
    return wait
      ? t`${{ text: error.message }} Try again in ${{ n: error.retryAfter }} s.`
      : error.message;
  }
  if (error instanceof TypeError) return OFFLINE_MESSAGE;
  return t`Something went wrong in this page. Reload it and try again.`;
}
