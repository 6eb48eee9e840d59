import "../../extra-styles";
import type { ReactNode } from "react";
import { useTitle } from "../../ui/Page";
import classes from "./SignInPage.module.css";

type Props = { title: string; lead: ReactNode; children: ReactNode };

/** The frame of the pages before the sign-in. */
export function AuthFrame({ title, lead, children }: Props) {
  useTitle(title);
  return (
    <div className={classes.page}>
      <aside className={classes.side}>
        <Brand className={classes.brand} />
        <div>
          <p className={classes.pitch}>
            Every promise has a clock. Keep them all in sight.
          </p>
          <Drawing />
        </div>
        <p className={classes.foot}>
          Deadlines counted in working time, paused with a reason, breached on the
          second.
        </p>
      </aside>
      <main className={classes.formSide}>
        <div className={classes.form}>
          <Brand className={`${classes.brand} ${classes.small}`} />
          <h1>{title}</h1>
          <p className={classes.lead}>{lead}</p>
          {children}
        </div>
      </main>
    </div>
  );
}

function Brand({ className }: { className?: string }) {
  return (
    <div className={className}>
      <img src="/assets/icon.svg" alt="" width={28} height={28} />
      Incident &amp; SLA Tracker
    </div>
  );
}

const BARS = [
  { y: 20, left: 300, colour: "#8b93f8", text: "6 h 12 m" },
  { y: 56, left: 96, colour: "#f5a524", text: "09:41" },
  { y: 92, left: 0, colour: "#ef4444", text: "+18 m overdue" },
  { y: 128, left: 380, colour: "#22a957", text: "met · 41 m to spare" },
];

/** Four fuses: the product in one picture. */
function Drawing() {
  return (
    <svg viewBox="0 0 520 150" className={classes.drawing} aria-hidden>
      {BARS.map(({ y, left, colour, text }) => (
        <g key={y} transform={`translate(0 ${y})`}>
          <rect width="380" height="6" rx="3" fill={left ? "#263143" : colour} />
          <rect width={left} height="6" rx="3" fill={colour} />
          <text x="396" y="7" fill="#b6c0cf">
            {text}
          </text>
        </g>
      ))}
    </svg>
  );
}
