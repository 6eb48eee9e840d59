import { diffWordsWithSpace } from "diff";

/** A stretch of a text, and whether the other text lacks it. */
export type Piece = { text: string; own: boolean };

/** Two long texts that have nothing in common would keep the page busy. */
const PATIENCE_MS = 200;

/** Both texts in stretches, word by word: what they share and what only one of them has. */
export function difference(mine: string, theirs: string) {
  const changes = diffWordsWithSpace(theirs, mine, { timeout: PATIENCE_MS });
  if (!changes)
    return { mine: [{ text: mine, own: true }], theirs: [{ text: theirs, own: true }] };
  const side = (has: "added" | "removed", lacks: "added" | "removed"): Piece[] =>
    changes
      .filter((change) => !change[lacks])
      .map((change) => ({ text: change.value, own: change[has] }));
  return { mine: side("added", "removed"), theirs: side("removed", "added") };
}
