import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import type { ApiError } from "../../api/errors";
import { refreshSession } from "../../api/session";
import type { IncidentDetail } from "../../api/types";
import { failure, http, ok, server, session, url } from "../../test/server";
import { useUpdateIncident } from "./mutations";
import { incidentQuery } from "./queries";

const incident = {
  number: "INC-1",
  title: "Disk full",
  priority: "medium",
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

const change = { patch: { title: "New" }, shown: { title: "New" }, version: 3 };

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

  it("rolls back when somebody else was faster", async () => {
    server.use(
      http.patch(url("/incidents/INC-1"), () =>
        failure(409, {
          message: "Bo Tran changed the title.",
          errors: [{ code: "stale_version", field: null, message: "Stale." }],
        }),
      ),
    );
    const result = mutation();
    act(() => result.current.mutate(change));
    await waitFor(() => expect(result.current.isError).toBe(true));
    expect(shownTitle()).toBe("Disk full");
    expect(listedTitle()).toBe("Disk full");
    expect((result.current.error as ApiError).has("stale_version")).toBe(true);
  });
});
