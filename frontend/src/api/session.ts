/**
 * The signed-in session. The access token lives in memory only; the refresh token
 * is an HttpOnly cookie that this code never sees.
 */
import { t } from "@lingui/core/macro";
import { ApiError, toApiError } from "./errors";
import type { Session, User } from "./types";

export type SessionState =
  | { status: "unknown" }
  | { status: "anonymous" }
  | { status: "signed-in"; user: User };

/** Refresh this long before the token ends, so that no request is sent with a dead one. */
const MARGIN_MS = 30_000;

/**
 * Remembers that there may be a refresh cookie, which scripts cannot see. Without it
 * a first visit would ask for a refresh that can only fail.
 */
const HINT = "tracker-signed-in";

let state: SessionState = { status: "unknown" };
let token: string | null = null;
let expiresAt = 0;
let refreshing: Promise<boolean> | null = null;
const listeners = new Set<() => void>();

function setState(next: SessionState): void {
  state = next;
  for (const listener of listeners) listener();
}

export function getSession(): SessionState {
  return state;
}

export function subscribeSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function adopt(session: Session): void {
  token = session.access_token;
  expiresAt = Date.now() + session.expires_in * 1000;
  localStorage.setItem(HINT, "1");
  setState({ status: "signed-in", user: session.user });
}

export function updateUser(user: User): void {
  if (state.status === "signed-in") setState({ status: "signed-in", user });
}

export function clearSession(): void {
  token = null;
  expiresAt = 0;
  localStorage.removeItem(HINT);
  setState({ status: "anonymous" });
}

async function post(path: string, body?: unknown): Promise<Response> {
  return fetch(`/api/v1${path}`, {
    method: "POST",
    credentials: "same-origin",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

export async function signIn(email: string, password: string): Promise<void> {
  const response = await post("/auth/login", { email, password });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw toApiError(response, body);
  adopt(body.data);
}

export async function signOut(): Promise<void> {
  // The local session ends even when the server cannot be told.
  await post("/auth/logout").catch(() => undefined);
  clearSession();
}

async function requestRefresh(): Promise<boolean> {
  const response = await post("/auth/refresh");
  if (response.ok) {
    adopt((await response.json()).data);
    return true;
  }
  if (response.status === 401 || response.status === 403) {
    clearSession();
    return false;
  }
  throw toApiError(response, await response.json().catch(() => null));
}

/**
 * Gets a new access token; one request at a time, across calls and tabs. Refresh
 * tokens rotate, so two tabs that sent the same one would end the session.
 *
 * @returns false when there is no session any more.
 */
export function refreshSession(): Promise<boolean> {
  refreshing ??= withLock(requestRefresh).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** Locks are missing on plain http outside of localhost. */
async function withLock(work: () => Promise<boolean>): Promise<boolean> {
  if (!navigator.locks) return work();
  return navigator.locks.request("tracker-refresh", async () => work());
}

/** An access token that is good for the next request. */
export async function freshToken(): Promise<string> {
  const stale = !token || Date.now() > expiresAt - MARGIN_MS;
  if (stale && state.status !== "anonymous") await refreshSession();
  if (!token) throw new ApiError(401, t`You are signed out. Sign in again.`);
  return token;
}

/** Resolves the session once after a reload. */
export async function ensureSession(): Promise<SessionState> {
  if (state.status !== "unknown") return state;
  if (localStorage.getItem(HINT)) await refreshSession();
  else clearSession();
  return state;
}
