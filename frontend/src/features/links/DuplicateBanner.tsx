import { t } from "@lingui/core/macro";
import { IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { originalOf } from "./kinds";
import classes from "./Links.module.css";
import { linksQuery } from "./queries";

/** Where the work on a duplicate goes on. */
export function DuplicateBanner({ number }: { number: string }) {
  const { data } = useQuery(linksQuery(number));
  const link = originalOf(data?.items ?? []);
  if (!link) return null;
  const { incident, merged } = link;
  return (
    <section className={classes.banner} aria-label={t`Duplicate`}>
      <IconCopy size={16} stroke={1.75} aria-hidden />
      <p>
        {t`Duplicate of`}{" "}
        <Link to="/incidents/$number" params={{ number: incident.number }}>
          <span className="num">{incident.number}</span> {incident.title}
        </Link>
        {merged && t`. It was merged: the work goes on there.`}
      </p>
    </section>
  );
}
