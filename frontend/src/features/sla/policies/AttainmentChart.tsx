import { IconArrowDownRight, IconArrowUpRight } from "@tabler/icons-react";
import type { Attainment, Comparison, Priority } from "../../../api/types";
import { PriorityBadge } from "../../incidents/badges";
import { KIND_WORDS } from "../Fuse";
import classes from "./Backtest.module.css";
import { KINDS, PRIORITIES } from "./form";

/** Attainment by target and priority: what was tried above what really happened. */
export function AttainmentChart({ comparisons }: { comparisons: Comparison[] }) {
  const of = (kind: string, priority: Priority) =>
    comparisons.find((one) => one.kind === kind && one.priority === priority);
  return (
    <div className={classes.charts}>
      {KINDS.filter((kind) => comparisons.some((one) => one.kind === kind)).map(
        (kind) => (
          <table key={kind} className={classes.chart}>
            <caption>{KIND_WORDS[kind]}</caption>
            <thead className="sr-only">
              <tr>
                <th scope="col">Priority</th>
                <th scope="col">With these terms, and really</th>
                <th scope="col">Difference</th>
              </tr>
            </thead>
            <tbody>
              {PRIORITIES.map((priority) => {
                const one = of(kind, priority);
                return one && <Row key={priority} comparison={one} />;
              })}
            </tbody>
          </table>
        ),
      )}
      <p className={classes.legend} aria-hidden>
        <span data-which="tried">with these terms</span>
        <span data-which="actual">really</span>
      </p>
    </div>
  );
}

function Row({ comparison }: { comparison: Comparison }) {
  const { priority, tried, actual } = comparison;
  return (
    <tr>
      <th scope="row">
        <PriorityBadge priority={priority as Priority} />
      </th>
      <td>
        <Bar which="tried" words="With these terms" attainment={tried} />
        <Bar which="actual" words="Really" attainment={actual} />
      </td>
      <td>
        <Delta tried={tried.percent} actual={actual.percent} />
      </td>
    </tr>
  );
}

type BarProps = { which: "tried" | "actual"; words: string; attainment: Attainment };

function Bar({ which, words, attainment }: BarProps) {
  const { met, breached, open, percent } = attainment;
  const decided = met + breached;
  return (
    <div className={classes.bar} data-which={which}>
      <span className="sr-only">{words}: </span>
      <span className={classes.track} aria-hidden>
        <i style={{ width: `${percent ?? 0}%` }} />
      </span>
      <span className={classes.percent}>
        {percent === null ? "–" : `${percent.toFixed(1)} %`}
      </span>
      <span className={classes.counts}>
        {decided > 0
          ? `${met.toLocaleString("en")} of ${decided.toLocaleString("en")} met`
          : "none decided"}
        {open > 0 && `, ${open.toLocaleString("en")} open`}
      </span>
    </div>
  );
}

type DeltaProps = { tried: number | null; actual: number | null };

/** Points, not per cent of per cent. */
function Delta({ tried, actual }: DeltaProps) {
  if (tried === null || actual === null) return null;
  const points = tried - actual;
  if (Math.abs(points) < 0.05) return <span className={classes.same}>the same</span>;
  const better = points > 0;
  const Icon = better ? IconArrowUpRight : IconArrowDownRight;
  return (
    <span className={classes.delta} data-better={better}>
      <Icon size={16} stroke={2} aria-hidden />
      {better ? "+" : "−"}
      {Math.abs(points).toFixed(1)} points
    </span>
  );
}
