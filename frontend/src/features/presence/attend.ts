import { randomId } from "@mantine/hooks";
import { api, done, unwrap } from "../../api/client";
import type { Attendance, Doing } from "../../api/types";

/** The server forgets a page after 45 s, and that somebody types after 10 s. */
const BEAT_MS = 20_000;
const AGAIN_MS = 5_000;
/** Who has not touched a key for so long does not type any more. */
const IDLE_MS = 6_000;

export type Visit = {
  /** What the person does on the page now. */
  does: (doing: Doing) => void;
  leave: () => void;
};

/**
 * Tells the others that somebody has an incident open, for as long as the page can be
 * seen. A failure is no matter: the next beat tells again.
 */
export function attend(
  number: string,
  onPeople: (people: Attendance[]) => void,
): Visit {
  const page = randomId("page-");
  const path = { reference: number };
  let doing: Doing = "viewing";
  let told = 0;
  let gone = false;
  let idle: ReturnType<typeof setTimeout> | undefined;

  const tell = async () => {
    if (gone || document.hidden) return;
    told = Date.now();
    try {
      const { items } = await unwrap(
        api.PUT("/api/v1/incidents/{reference}/presence", {
          params: { path },
          body: { state: doing, page },
        }),
      );
      if (!gone) onPeople(items);
    } catch {
      // The next beat tells again.
    }
  };
  const does = (next: Doing) => {
    clearTimeout(idle);
    if (next !== "viewing") idle = setTimeout(does, IDLE_MS, "viewing");
    const news = next !== doing;
    if (!news && (next === "viewing" || Date.now() - told < AGAIN_MS)) return;
    doing = next;
    void tell();
  };
  const say = () => void tell();
  const bye = () => {
    // Outlives the page, as a beacon would, and carries the token.
    const query = { page };
    const params = { path, query };
    done(
      api.DELETE("/api/v1/incidents/{reference}/presence", {
        params,
        keepalive: true,
      }),
    ).catch(() => undefined);
  };
  const beat = setInterval(say, BEAT_MS);
  document.addEventListener("visibilitychange", say);
  window.addEventListener("pagehide", bye);
  // Back from the browser's own cache of pages.
  window.addEventListener("pageshow", say);
  say();
  return {
    does,
    leave: () => {
      gone = true;
      clearInterval(beat);
      clearTimeout(idle);
      document.removeEventListener("visibilitychange", say);
      window.removeEventListener("pagehide", bye);
      window.removeEventListener("pageshow", say);
      bye();
    },
  };
}
