import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { clearSession, refreshSession } from "../../api/session";
import {
  failure,
  HttpResponse,
  http,
  ok,
  server,
  session,
  url,
} from "../../test/server";
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
    act(() => void result.current.add([file()]));
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
    act(() => void result.current.add([file()]));
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

  it("have the same key on each try, so that a lost answer stores nothing twice", async () => {
    const keys: (string | null)[] = [];
    server.use(
      http.post(url("/incidents/INC-1/attachments"), ({ request }) => {
        keys.push(request.headers.get("Idempotency-Key"));
        return keys.length === 1 ? HttpResponse.error() : ok({}, 201);
      }),
    );
    const { result } = await uploads();
    act(() => void result.current.add([file()]));
    await waitFor(() => expect(result.current.uploads[0]?.error).toBeDefined());
    act(() => {
      const [upload] = result.current.uploads;
      if (upload) result.current.retry(upload);
    });
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it("go three at a time; the others wait and can be cancelled", async () => {
    const answers: (() => void)[] = [];
    server.use(
      http.post(url("/incidents/INC-1/attachments"), async () => {
        await new Promise<void>((resolve) => answers.push(resolve));
        return ok({}, 201);
      }),
    );
    const { result } = await uploads();
    act(() => void result.current.add([file(), file(), file(), file(), file()]));
    await waitFor(() => expect(answers).toHaveLength(3));
    const waiting = () => result.current.uploads.filter((upload) => upload.waiting);
    expect(waiting()).toHaveLength(2);
    act(() => {
      const [upload] = waiting();
      if (upload) result.current.cancel(upload);
    });
    expect(result.current.uploads).toHaveLength(4);
    act(() => answers[0]?.());
    await waitFor(() => expect(answers).toHaveLength(4));
    expect(waiting()).toHaveLength(0);
    for (const answer of answers) answer();
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
    expect(answers).toHaveLength(4);
  });

  it("say so when a file is for agents only", async () => {
    let body = "";
    server.use(
      http.post(url("/incidents/INC-1/attachments"), async ({ request }) => {
        body = await request.text();
        return ok({}, 201);
      }),
    );
    const { result } = await uploads();
    act(() => void result.current.add([file()], true));
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
    expect(body).toMatch(/name="is_internal"\s+true/);
  });

  it("refuse a file over the limit without sending it", async () => {
    const { result } = await uploads();
    act(() => void result.current.add([file(1001)]));
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
    act(() => void result.current.add([file()]));
    act(() => {
      const [upload] = result.current.uploads;
      if (upload) result.current.cancel(upload);
    });
    await waitFor(() => expect(result.current.uploads).toHaveLength(0));
  });
});
