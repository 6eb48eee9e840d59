import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refreshSession } from "../../api/session";
import type { Attendance, Doing } from "../../api/types";
import { HttpResponse, http, ok, server, session, url } from "../../test/server";
import { attend, type Visit } from "./attend";
import { SILENCE, sentence, speak } from "./words";

const person = (name: string, state: Doing = "viewing"): Attendance => ({
  user: { id: name, name },
  state,
  until: "2026-11-23T12:00:45Z",
});

describe("who is here", () => {
  it("is told by name, and as a number when they are many", () => {
    expect(sentence([])).toBe("");
    expect(sentence([person("Carl")])).toBe("Carl is looking");
    expect(sentence([person("Carl"), person("Mona")])).toBe(
      "Carl and Mona are looking",
    );
    expect(sentence(["Ada", "Carl", "Mona"].map((name) => person(name)))).toBe(
      "3 people are looking",
    );
  });

  it("is told by what most concerns the reader", () => {
    const all = [person("Ada"), person("Carl", "typing"), person("Mona", "editing")];
    expect(sentence(all)).toBe("Carl is typing a comment…");
    expect(sentence([person("Ada"), person("Mona", "editing")])).toBe(
      "Mona is editing this…",
    );
  });

  it("is spoken when somebody comes or begins to type, and not when they pause", () => {
    let spoken = SILENCE;
    const said = [
      [person("Carl")],
      [person("Carl", "typing")],
      [person("Carl")],
      [person("Carl", "typing")],
      [],
    ].map((people) => {
      spoken = speak(spoken, people);
      return spoken.text;
    });
    const typing = "Carl is typing a comment…";
    expect(said).toEqual(["Carl is looking", typing, typing, typing, ""]);
  });
});

describe("a visit", () => {
  let told: string[];
  let people: Attendance[][];
  let visit: Visit;

  beforeEach(async () => {
    told = [];
    people = [];
    server.use(
      http.post(url("/auth/refresh"), () => ok(session("token"))),
      http.put(url("/incidents/INC-1/presence"), async ({ request }) => {
        const { state } = (await request.json()) as { state: string };
        told.push(state);
        return ok({ items: [person("Carl")], next_cursor: null });
      }),
      http.delete(url("/incidents/INC-1/presence"), () => {
        told.push("left");
        return new HttpResponse(null, { status: 204 });
      }),
    );
    await refreshSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "setInterval", "Date"] });
    visit = attend("INC-1", (found) => people.push(found));
    await vi.waitFor(() => expect(told).toEqual(["viewing"]));
  });

  afterEach(() => vi.useRealTimers());

  it("learns who is there", async () => {
    await vi.waitFor(() => expect(people[0]?.[0]?.user.name).toBe("Carl"));
    visit.leave();
  });

  it("tells once that somebody types, however many keys they press", async () => {
    for (let key = 0; key < 20; key++) visit.does("typing");
    await vi.waitFor(() => expect(told).toEqual(["viewing", "typing"]));
    vi.advanceTimersByTime(5_500);
    visit.does("typing");
    await vi.waitFor(() => expect(told).toEqual(["viewing", "typing", "typing"]));
    visit.leave();
  });

  it("tells when somebody has stopped typing", async () => {
    visit.does("typing");
    await vi.waitFor(() => expect(told).toHaveLength(2));
    vi.advanceTimersByTime(6_500);
    await vi.waitFor(() => expect(told).toEqual(["viewing", "typing", "viewing"]));
    visit.leave();
  });

  it("goes on with a beat until it is left", async () => {
    vi.advanceTimersByTime(20_000);
    await vi.waitFor(() => expect(told).toHaveLength(2));
    visit.leave();
    await vi.waitFor(() => expect(told.at(-1)).toBe("left"));
    vi.advanceTimersByTime(60_000);
    expect(told).toEqual(["viewing", "viewing", "left"]);
  });
});
