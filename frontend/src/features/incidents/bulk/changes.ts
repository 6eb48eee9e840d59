/** Changes to many incidents: how they are sent, shown, told and taken back. */
import type {
  Bulk,
  BulkBefore,
  BulkChange,
  BulkDone,
  BulkFailure,
  Incident,
  UserRef,
} from "../../../api/types";

/** So many are changed in one transaction: nobody waits long for their locks. */
export const AT_ONCE = 25;

export function requests(change: BulkChange, numbers: string[]): Bulk[] {
  const parts: Bulk[] = [];
  for (let start = 0; start < numbers.length; start += AT_ONCE)
    parts.push({ references: numbers.slice(start, start + AT_ONCE), change });
  return parts;
}

/** What takes a change back for one incident; nothing where the workflow has no way. */
function reverse(change: BulkChange, before: BulkBefore): BulkChange[] {
  switch (change.type) {
    case "assign":
      if (before.assignee_id === change.assignee_id) return [];
      return [{ type: "assign", assignee_id: before.assignee_id }];
    case "team":
      if (before.team_id === change.team_id) return [];
      return [{ type: "team", team_id: before.team_id }];
    case "priority": {
      if (before.priority === change.priority) return [];
      const sla_mode = change.sla_mode === "keep" ? "keep" : "retarget";
      return [{ type: "priority", priority: before.priority, sla_mode }];
    }
    case "add_tags": {
      const tags = change.tags.filter((tag) => !before.tags.includes(tag.trim()));
      return tags.length > 0 ? [{ type: "remove_tags", tags }] : [];
    }
    case "remove_tags": {
      const tags = change.tags.filter((tag) => before.tags.includes(tag.trim()));
      return tags.length > 0 ? [{ type: "add_tags", tags }] : [];
    }
    case "pause":
      return [{ type: "resume", reason: change.reason }];
    case "resume":
      return before.pauses
        .filter((pause) => !change.reason || pause.reason === change.reason)
        .map((pause) => ({ type: "pause", ...pause }));
    case "delete":
      return [{ type: "restore" }];
    case "restore":
      return [{ type: "delete" }];
    case "step":
      return change.step === "resolve" ? [{ type: "step", step: "reopen" }] : [];
  }
}

/** A pause leaves the version as it is: ending it can overwrite nobody's change. */
const isVersioned = (change: BulkChange) =>
  change.type !== "pause" && change.type !== "resume";

/** The requests that take a change back, where nobody has changed anything since. */
export function reversals(change: BulkChange, done: BulkDone[]): Bulk[] {
  const groups = new Map<string, { change: BulkChange; members: BulkDone[] }>();
  for (const member of done)
    for (const back of reverse(change, member.before)) {
      const key = JSON.stringify(back);
      const group = groups.get(key) ?? { change: back, members: [] };
      group.members.push(member);
      groups.set(key, group);
    }
  return [...groups.values()].flatMap((group) => {
    const versions = new Map(group.members.map((m) => [m.number, m.version]));
    return requests(group.change, [...versions.keys()]).map((request) => ({
      ...request,
      expected: isVersioned(group.change)
        ? Object.fromEntries(request.references.map((n) => [n, versions.get(n) ?? 0]))
        : {},
    }));
  });
}

/** What a row shows until the server has answered; `who` it goes to, person or team. */
export function shown(
  change: BulkChange,
  incident: Incident,
  who: UserRef | null,
): Partial<Incident> {
  switch (change.type) {
    case "assign":
      return { assignee: who };
    case "team":
      return { team: who };
    case "priority":
      return { priority: change.priority };
    case "add_tags":
      return { tags: [...new Set([...incident.tags, ...change.tags])] };
    case "remove_tags":
      return { tags: incident.tags.filter((tag) => !change.tags.includes(tag)) };
    default:
      return {};
  }
}

/** "12 changed", or "9 changed, 3 not". */
export function summary(verb: string, done: number, failed: BulkFailure[]): string {
  if (failed.length === 0) return `${done} ${verb}`;
  return done === 0
    ? `None of ${failed.length} ${verb}`
    : `${done} ${verb}, ${failed.length} not`;
}
