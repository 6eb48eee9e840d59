import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, OFFLINE_MESSAGE, toApiError } from "./errors";
import type { paths } from "./schema";
import { clearSession, freshToken, refreshSession } from "./session";

const PUBLIC = ["/api/v1/meta", "/api/v1/auth/password-reset"];

const authenticate: Middleware = {
  async onRequest({ request, schemaPath }) {
    if (PUBLIC.some((p) => schemaPath.startsWith(p))) return;
    request.headers.set("Authorization", `Bearer ${await freshToken()}`);
    return request;
  },
};

/** Sends a request; a 401 refreshes the session once and sends it again. */
async function send(request: Request): Promise<Response> {
  const retry = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || !request.headers.has("Authorization")) return response;
  if (!(await refreshSession())) return response;
  retry.headers.set("Authorization", `Bearer ${await freshToken()}`);
  const second = await fetch(retry);
  if (second.status === 401) clearSession();
  return second;
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: send,
});
api.use(authenticate);

type Answer<T> = { data?: { data: T }; error?: unknown; response: Response };

/** The payload inside the envelope; throws `ApiError` for anything but a success. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await reach(call);
  if (!response.ok || !data) throw toApiError(response, error);
  return data.data as NonNullable<T>;
}

/** For answers without a body (204). */
export async function done(
  call: Promise<{ error?: unknown; response: Response }>,
): Promise<void> {
  const { error, response } = await reach(call);
  if (!response.ok) throw toApiError(response, error);
}

async function reach<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError(0, OFFLINE_MESSAGE);
    throw error;
  }
}
