import { api, unwrap } from "../../api/client";
import { ApiError } from "../../api/errors";
import type { Incident, IncidentDetail, IncidentUpdate } from "../../api/types";

/** The parts of an incident that a change shows before the server has answered. */
export type Shown = Partial<IncidentDetail>;
export type Base = Incident & Shown;

/** Somebody else changed the same thing meanwhile; nothing was saved. */
export class StaleEdit extends ApiError {
  constructor(readonly theirs: IncidentDetail) {
    super(
      409,
      "Somebody else changed the same meanwhile. What they chose is shown now; choose again if yours is right.",
      [{ code: "stale_version", field: null, message: "Changed meanwhile." }],
    );
    this.name = "StaleEdit";
  }
}

/** An incident that changes faster than this is left to its people. */
const ATTEMPTS = 3;

/** What became of a version by our own hand: nobody else had it in theirs. */
const ours = new Map<string, number>();

function latestOf(number: string, version: number): number {
  const next = ours.get(`${number} ${version}`);
  return next === undefined ? version : latestOf(number, next);
}

/** People, teams and organizations are the same by their ids. */
function identity(value: unknown): unknown {
  return value && typeof value === "object" && "id" in value
    ? value.id
    : JSON.stringify(value);
}

function withTags(tags: string[], base: string[], mine: string[]): string[] {
  const kept = tags.filter((tag) => mine.includes(tag) || !base.includes(tag));
  const added = mine.filter((tag) => !base.includes(tag) && !tags.includes(tag));
  return [...kept, ...added];
}

/**
 * Sends a change with the version it is based on. Where somebody else has changed other
 * things meanwhile it is sent again on top of theirs, and two people's tags are put
 * together.
 *
 * @throws StaleEdit when they changed the same.
 */
export async function sendUpdate(
  number: string,
  patch: IncidentUpdate,
  shown: Shown,
  base: Base | undefined,
  version = base && latestOf(number, base.version),
  attempts = ATTEMPTS,
): Promise<IncidentDetail> {
  try {
    const saved = await unwrap(
      api.PATCH("/api/v1/incidents/{reference}", {
        params: { path: { reference: number } },
        headers: version === undefined ? {} : { "If-Match": `"${version}"` },
        body: patch,
      }),
    );
    if (version !== undefined && saved.version > version)
      ours.set(`${number} ${version}`, saved.version);
    return saved;
  } catch (error) {
    const stale = error instanceof ApiError && error.has("stale_version");
    if (!base || !stale || attempts <= 1) throw error;
  }
  const theirs = await unwrap(
    api.GET("/api/v1/incidents/{reference}", {
      params: { path: { reference: number } },
    }),
  );
  const rebased = { ...patch };
  for (const name of Object.keys(shown) as (keyof Shown)[]) {
    const now = identity(theirs[name]);
    if (now === identity(base[name]) || now === identity(shown[name])) continue;
    if (name !== "tags" || !patch.tags) throw new StaleEdit(theirs);
    rebased.tags = withTags(theirs.tags, base.tags, patch.tags);
  }
  return sendUpdate(number, rebased, shown, theirs, theirs.version, attempts - 1);
}
