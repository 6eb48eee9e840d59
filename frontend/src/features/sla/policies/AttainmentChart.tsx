import { t } from "@lingui/core/macro";
import { IconArrowDownRight, IconArrowUpRight } from "@tabler/icons-react";
import type { Attainment, Comparison, Priority } from "../../../api/types";
import { formatNumber, intlTag } from "../../../i18n";
import { PriorityBadge } from "../../incidents/badges";
import { KIND_WORDS } from "../Fuse";
import classes from "./Backtest.module.css";
import { KINDS, PRIORITIES } from "./form";

const oneDigit = new Intl.NumberFormat(intlTag(), {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

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
                <th scope="col">{t`Priority`}</th>
                <th scope="col">{t`With these terms, and really`}</th>
                <th scope="col">{t`Difference`}</th>
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
        <span data-which="tried">{t`with these terms`}</span>
        <span data-which="actual">{t`really`}</span>
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
        <Bar which="tried" words={t`With these terms`} attainment={tried} />
        <Bar which="actual" words={t`Really`} attainment={actual} />
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
        {percent === null ? "–" : `${oneDigit.format(percent)} %`}
      </span>
      <span className={classes.counts}>
        {decided > 0
          ? t`${{ met: formatNumber(met) }} of ${{ decided: formatNumber(decided) }} met`
          : t`none decided`}
        {open > 0 && `, ${t`${{ number: formatNumber(open) }} open`}`}
      </span>
    </div>
  );
}

type DeltaProps = { tried: number | null; actual: number | null };

/** Points, not per cent of per cent. */
function Delta({ tried, actual }: DeltaProps) {
  if (tried === null || actual === null) return null;
  const points = tried - actual;
  if (Math.abs(points) < 0.05)
    return <span className={classes.same}>{t`the same`}</span>;
  const better = points > 0;
  const Icon = better ? IconArrowUpRight : IconArrowDownRight;
  return (
    <span className={classes.delta} data-better={better}>
      <Icon size={16} stroke={2} aria-hidden />
      {better ? "+" : "−"}
      {t`${{ number: oneDigit.format(Math.abs(points)) }} points`}
    </span>
  );
}
