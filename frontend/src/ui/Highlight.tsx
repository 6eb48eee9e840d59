import type { Piece } from "../api/types";
import classes from "./Highlight.module.css";

/** A text in which what was looked for is marked, by weight and line as well. */
export function Highlight({ pieces }: { pieces: Piece[] }) {
  return pieces.map(({ text, hit }, place) =>
    hit ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have nothing but their place
      <mark key={place} className={classes.hit}>
        {text}
      </mark>
    ) : (
      text
    ),
  );
}
