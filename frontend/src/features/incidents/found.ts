/** What a search found, cut for a narrow place. */
import type { Match, Piece } from "../../api/types";

export const FOUND_IN: Record<Match["field"], string> = {
  title: "Title",
  description: "Description",
  comment: "Comment",
};

const BEFORE = 24;

/** The pieces from shortly before the first hit, which a narrow place would cut off. */
export function closeTo(pieces: Piece[]): Piece[] {
  const first = pieces.findIndex((piece) => piece.hit);
  const before = pieces
    .slice(0, Math.max(first, 0))
    .map((piece) => piece.text)
    .join("");
  if (before.length <= BEFORE) return pieces;
  const end = before.slice(-BEFORE);
  const space = end.indexOf(" ");
  const text = `… ${end.slice(space + 1)}`;
  return [{ text, hit: false }, ...pieces.slice(first)];
}
