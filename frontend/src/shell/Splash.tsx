import { Skeleton } from "@mantine/core";
import classes from "./Shell.module.css";

/** The frame's outline while the session is looked up. */
export function Splash() {
  return (
    <div className={classes.shell} aria-busy="true">
      <div className={classes.rail} aria-hidden>
        {[28, 32, 24, 24, 24, 24, 24].map((height, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed drawing
          <Skeleton key={i} height={height} mb={12} />
        ))}
      </div>
      <div className={classes.main} />
    </div>
  );
}
