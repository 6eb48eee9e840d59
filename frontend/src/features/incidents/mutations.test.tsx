import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import { type ApiError, OFFLINE_MESSAGE } from "../../api/errors";
import { refreshSession } from "../../api/session";
import type { IncidentDetail } from "../../api/types";
import {
  failure,
  HttpResponse,
  http,
  ok,
  server,
  session,
  url,
} from "../../test/server";
import { useUpdateIncident } from "./mutations";
import { incidentQuery } from "./queries";
import { StaleEdit } from "./update";

const incident = {
  number: "INC-1",
  title: "Disk full",
  priority: "medium",
  tags: ["disk"],
  version: 3,
} as IncidentDetail;

const LIST = ["incidents", {}];

let client: QueryClient;

beforeEach(async () => {
  server.use(http.post(url("/auth/refresh"), () => ok(session("token"))));
  await refreshSession();
  client = new QueryClient();
  client.setQueryData(incidentQuery("INC-1").queryKey, incident);
  client.setQueryData(LIST, { pages: [{ items: [incident] }], pageParams: [null] });
});

function mutation() {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(() => useUpdateIncident("INC-1"), { wrapper }).result;
}

const shownTitle = () => client.getQueryData(incidentQuery("INC-1").queryKey)?.title;
const listedTitle = () =>
  client.getQueryData<{ pages: { items: IncidentDetail[] }[] }>(LIST)?.pages[0]
    ?.items[0]?.title;

const change = { patch: { title: "New" }, shown: { title: "New" }, base: incident };

/** The server, where somebody else has saved `theirs` since version 3. */
function overtaken(theirs: Partial<IncidentDetail>) {
  const saved = { ...incident, ...theirs, version: 7 };
  const sent: unknown[] = [];
  server.use(
    http.get(url("/incidents/INC-1"), () => ok(saved)),
    http.patch(url("/incidents/INC-1"), async ({ request }) => {
      if (request.headers.get("If-Match") !== '"7"')
        return failure(409, {
          message: "Bo Tran changed this.",
          errors: [{ code: "stale_version", field: null, message: "Stale." }],
        });
      const patch = (await request.json()) as Partial<IncidentDetail>;
      sent.push(patch);
      return ok({ ...saved, ...patch, version: 8 });
    }),
  );
  return sent;
}

describe("changing an incident", () => {
  it("shows at once, on the page and in the queue", async () => {
    let answer: (response: Response) => void = () => undefined;
    let ifMatch: string | null = null;
    server.use(
      http.patch(url("/incidents/INC-1"), ({ request }) => {
        ifMatch = request.headers.get("If-Match");
        return new Promise<Response>((resolve) => {
          answer = resolve;
        });
      }),
    );
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(shownTitle()).toBe("New"));
    expect(listedTitle()).toBe("New");
    await waitFor(() => expect(ifMatch).toBe('"3"'));
    answer(ok({ ...incident, title: "New", version: 4 }));
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
  });

  it("rolls back to theirs when somebody else changed the same", async () => {
    overtaken({ title: "Theirs" });
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(result.current.isError).toBe(true));
    expect(shownTitle()).toBe("Theirs");
    expect(listedTitle()).toBe("Disk full");
    expect(result.current.error).toBeInstanceOf(StaleEdit);
    expect((result.current.error as StaleEdit).theirs.title).toBe("Theirs");
  });

  it("is made on top of what somebody else changed elsewhere", async () => {
    const sent = overtaken({ priority: "high" });
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
    expect(sent).toEqual([{ title: "New" }]);
    expect(result.current.data?.priority).toBe("high");
  });

  it("puts the tags of two people together", async () => {
    const sent = overtaken({ tags: ["disk", "theirs"] });
    const tags = ["mine"];
    const result = mutation();
    act(() =>
      result.current.mutate({ patch: { tags }, shown: { tags }, base: incident }),
    );
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
    expect(sent).toEqual([{ tags: ["theirs", "mine"] }]);
  });

  it("rolls back when the server says no", async () => {
    server.use(
      http.patch(url("/incidents/INC-1"), () =>
        failure(422, {
          message: "title: Too long.",
          errors: [{ code: "invalid", field: "title", message: "Too long." }],
        }),
      ),
    );
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(result.current.isError).toBe(true));
    expect(shownTitle()).toBe("Disk full");
    expect(listedTitle()).toBe("Disk full");
  });

  it("rolls back when the server cannot be reached", async () => {
    server.use(http.patch(url("/incidents/INC-1"), () => HttpResponse.error()));
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(result.current.isError).toBe(true));
    expect(shownTitle()).toBe("Disk full");
    expect((result.current.error as ApiError).message).toBe(OFFLINE_MESSAGE);
  });

  it("is no conflict with the same person's change just before", async () => {
    const versions: (string | null)[] = [];
    let version = 30;
    const base = { ...incident, version };
    server.use(
      http.patch(url("/incidents/INC-1"), async ({ request }) => {
        versions.push(request.headers.get("If-Match"));
        version += 1;
        const patch = (await request.json()) as Partial<IncidentDetail>;
        return ok({ ...incident, ...patch, number: "INC-1", version });
      }),
    );
    const result = mutation();
    act(() => {
      result.current.mutate({ ...change, base });
      const title = "Newer";
      result.current.mutate({ patch: { title }, shown: { title }, base });
    });
    await waitFor(() => expect(result.current.data?.version).toBe(32));
    expect(versions).toEqual(['"30"', '"31"']);
  });
});
