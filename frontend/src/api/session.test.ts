import { beforeEach, describe, expect, it, vi } from "vitest";
import { failure, http, ok, server, session, url } from "../test/server";

/** A page of its own: the session lives in the module. */
async function freshModules() {
  vi.resetModules();
  return { ...(await import("./session")), ...(await import("./client")) };
}

let page: Awaited<ReturnType<typeof freshModules>>;

beforeEach(async () => {
  page = await freshModules();
});

function countRefreshes() {
  let count = 0;
  server.use(
    http.post(url("/auth/refresh"), () => {
      count += 1;
      return ok(session(`token-${count}`));
    }),
  );
  return () => count;
}

describe("the session", () => {
  it("refreshes once for many requests at the same time", async () => {
    const refreshes = countRefreshes();
    server.use(http.get(url("/teams"), () => ok({ items: [], next_cursor: null })));
    await Promise.all(
      Array.from({ length: 5 }, () => page.unwrap(page.api.GET("/api/v1/teams"))),
    );
    expect(refreshes()).toBe(1);
  });

  it("sends a request again with a new token after a 401", async () => {
    const refreshes = countRefreshes();
    const seen: (string | null)[] = [];
    server.use(
      http.get(url("/teams"), ({ request }) => {
        seen.push(request.headers.get("Authorization"));
        return seen.length === 1
          ? failure(401, { message: "Sign in." })
          : ok({ items: [], next_cursor: null });
      }),
    );
    await page.unwrap(page.api.GET("/api/v1/teams"));
    expect(seen).toEqual(["Bearer token-1", "Bearer token-2"]);
    expect(refreshes()).toBe(2);
  });

  it("ends when the refresh is refused", async () => {
    localStorage.setItem("tracker-signed-in", "1");
    server.use(
      http.post(url("/auth/refresh"), () => failure(401, { message: "No session." })),
    );
    expect(await page.ensureSession()).toEqual({ status: "anonymous" });
  });

  it("is not given up when the server is in trouble", async () => {
    localStorage.setItem("tracker-signed-in", "1");
    server.use(
      http.post(url("/auth/refresh"), () => failure(503, { message: "Starting." })),
    );
    await expect(page.ensureSession()).rejects.toMatchObject({ status: 503 });
    expect(page.getSession()).toEqual({ status: "unknown" });
  });

  it("asks for nothing on a first visit", async () => {
    const refreshes = countRefreshes();
    expect(await page.ensureSession()).toEqual({ status: "anonymous" });
    expect(refreshes()).toBe(0);
  });

  it("keeps the token out of every storage", async () => {
    server.use(http.post(url("/auth/login"), () => ok(session("secret-token"))));
    await page.signIn("ada@example.com", "correct horse");
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(
      "secret-token",
    );
    expect(await page.freshToken()).toBe("secret-token");
  });
});
