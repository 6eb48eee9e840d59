import { t } from "@lingui/core/macro";
import { ActionIcon, Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { IncidentDetail, IncidentLink } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { toastError } from "../../ui/toast";
import { StatusBadge } from "../incidents/badges";
import { AddLink } from "./AddLink";
import { grouped, LINK_WORDS } from "./kinds";
import classes from "./Links.module.css";
import { linksQuery, useAddLink, useRemoveLink } from "./queries";

const UNDO_MS = 10_000;

/** What an incident has to do with others. */
export function LinksCard({ incident }: { incident: IncidentDetail }) {
  const { data, isPending } = useQuery(linksQuery(incident.number));
  const [adding, setAdding] = useState(false);
  const canLink = isAtLeast(useUser(), "agent");
  const remove = useRemoval(incident.number);
  const links = data?.items ?? [];
  if (!canLink && links.length === 0) return null;
  return (
    <section className={classes.card} aria-label={t`Links`} aria-busy={isPending}>
      <div className={classes.head}>
        <h2>
          {t`Links`} {links.length > 0 && <Count n={links.length} />}
        </h2>
        {canLink && !adding && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t`Add link`}
          </Button>
        )}
      </div>
      {adding && <AddLink number={incident.number} onClose={() => setAdding(false)} />}
      {grouped(links).map(({ kind, links: some }) => (
        <div key={kind} className={classes.group}>
          <h3>{LINK_WORDS[kind]}</h3>
          <ul className={classes.list}>
            {some.map((link) => (
              <Item
                key={link.id}
                link={link}
                onRemove={canLink ? () => remove(link) : undefined}
              />
            ))}
          </ul>
        </div>
      ))}
      {data?.next_cursor && (
        <p
          className={classes.hint}
        >{t`The first ${{ count: links.length }} links are shown.`}</p>
      )}
    </section>
  );
}

const Count = ({ n }: { n: number }) => <span className="dim num">{n}</span>;

/** Takes a link away, and offers to put it back. */
function useRemoval(number: string): (link: IncidentLink) => void {
  const remove = useRemoveLink();
  const add = useAddLink(number);
  const undo = ({ kind, incident }: IncidentLink) =>
    add.mutate(
      { kind, to: incident.number },
      { onError: (error) => toastError(t`The link was not put back`, error) },
    );
  return (link) =>
    remove.mutate(link.id, {
      onSuccess: () => {
        const id = notifications.show({
          autoClose: UNDO_MS,
          color: "gray",
          closeButtonProps: { "aria-label": t`Close` },
          message: (
            <Group justify="space-between" wrap="nowrap">
              {t`Link to ${{ number: link.incident.number }} removed`}
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() => {
                  notifications.hide(id);
                  undo(link);
                }}
              >
                {t`Undo`}
              </Button>
            </Group>
          ),
        });
      },
    });
}

function Item({ link, onRemove }: { link: IncidentLink; onRemove?: () => void }) {
  const { number, title, status } = link.incident;
  return (
    <li className={classes.item}>
      <div className={classes.words}>
        <Link to="/incidents/$number" params={{ number }} className={classes.link}>
          <span className="num">{number}</span> {title}
        </Link>
        <div className={classes.small}>
          <StatusBadge status={status} />
          {link.merged && link.kind === "duplicated_by" && (
            <span>{t`Merged; its comments and files are there`}</span>
          )}
        </div>
      </div>
      {onRemove && (
        <ActionIcon
          variant="subtle"
          color="gray"
          className={classes.touch}
          aria-label={t`Remove the link to ${number}`}
          onClick={onRemove}
        >
          <IconX size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      )}
    </li>
  );
}
