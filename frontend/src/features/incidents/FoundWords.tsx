import type { Incident } from "../../api/types";
import { Highlight } from "../../ui/Highlight";
import classes from "./FoundWords.module.css";
import { closeTo, FOUND_IN } from "./found";

/** The title, with the words that were looked for if they stand in it. */
export function FoundTitle({ incident }: { incident: Incident }) {
  const { match, title } = incident;
  if (match?.field !== "title") return title;
  return <Highlight pieces={match.snippet} />;
}

/** Where else the words stand; nothing if they stand in the title. */
export function FoundText({ incident }: { incident: Incident }) {
  const { match } = incident;
  if (!match || match.field === "title") return null;
  return (
    <span className={classes.found}>
      {FOUND_IN[match.field]}: <Highlight pieces={closeTo(match.snippet)} />
    </span>
  );
}
