import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { clearSession, refreshSession } from "../../api/session";
import { failure, http, ok, server, session, url } from "../../test/server";
import { useUploads } from "./useUploads";

const file = (size = 4) =>
  new File([new Uint8Array(size)], "log.txt", { type: "text/plain" });

beforeEach(async () => {
  clearSession();
  server.use(
    http.post(url("/auth/refresh"), () => ok(session("token"))),
    http.get(url("/meta"), () =>
      ok({
        name: "",
        version: "",
        server_time: "2026-03-02T12:00:00Z",
        max_upload_bytes: 1000,
        password_min_length: 10,
      }),
    ),
  );
  await refreshSession();
});

async function uploads() {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useUploads("INC-1", true), { wrapper });
  await waitFor(() => expect(client.getQueryData(["meta"])).toBeDefined());
  return { result, client };
}

describe("uploads", () => {
  it("send the file with the token and disappear when done", async () => {
    const seen = { body: "", auth: null as string | null };
    server.use(
      http.post(url("/incidents/INC-1/attachments"), async ({ request }) => {
        seen.body = await request.text();
        seen.auth = request.headers.get("Authorization");
        return ok({}, 201);
      }),
    );
    const { result } = await uploads();
    act(() => result.current.add([file()]));
    expect(result.current.uploads).toHaveLength(1);
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
    expect(seen.body).toContain('name="file"; filename="log.txt"');
    expect(seen.auth).toBe("Bearer token");
  });

  it("keep the file with the reason when refused, and can be tried again", async () => {
    let refused = true;
    server.use(
      http.post(url("/incidents/INC-1/attachments"), () =>
        refused ? failure(415, { message: "This type is not accepted." }) : ok({}, 201),
      ),
    );
    const { result } = await uploads();
    act(() => result.current.add([file()]));
    await waitFor(() =>
      expect(result.current.uploads[0]?.error).toBe("This type is not accepted."),
    );
    refused = false;
    act(() => {
      const [upload] = result.current.uploads;
      if (upload) result.current.retry(upload);
    });
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
  });

  it("refuse a file over the limit without sending it", async () => {
    const { result } = await uploads();
    act(() => result.current.add([file(1001)]));
    expect(result.current.uploads[0]?.error).toMatch(/Larger than/);
  });

  it("stop when cancelled", async () => {
    server.use(
      http.post(
        url("/incidents/INC-1/attachments"),
        () => new Promise<Response>(() => undefined),
      ),
    );
    const { result } = await uploads();
    act(() => result.current.add([file()]));
    act(() => {
      const [upload] = result.current.uploads;
      if (upload) result.current.cancel(upload);
    });
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
  });
});
