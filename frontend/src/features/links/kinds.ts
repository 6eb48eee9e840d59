/** What incidents are to each other, in words. Pure. */
import { t } from "@lingui/core/macro";
import type { IncidentLink, LinkKind } from "../../api/types";

/** In the order in which they are offered and shown. */
export const LINK_WORDS: Record<LinkKind, string> = {
  duplicate_of: t`Duplicate of`,
  duplicated_by: t`Duplicated by`,
  parent_of: t`Parent of`,
  child_of: t`Child of`,
  related: t`Related to`,
};

const KINDS = Object.keys(LINK_WORDS) as LinkKind[];

export const LINK_OPTIONS = KINDS.map((value) => ({ value, label: LINK_WORDS[value] }));

export type LinkGroup = { kind: LinkKind; links: IncidentLink[] };

/** Links by what they say, each as old as it is; what there is none of is left out. */
export function grouped(links: IncidentLink[]): LinkGroup[] {
  const byKind = Map.groupBy(links, (link) => link.kind);
  return KINDS.flatMap((kind) => {
    const found = byKind.get(kind);
    return found ? [{ kind, links: found }] : [];
  });
}

/** What the incident is the duplicate of, if it is one. */
export function originalOf(links: IncidentLink[]): IncidentLink | undefined {
  return links.find((link) => link.kind === "duplicate_of");
}
