import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button, Modal, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { Comment } from "../../api/types";
import { ErrorState } from "../../ui/State";
import { Time } from "../../ui/Time";
import classes from "./CommentHistory.module.css";
import { historyQuery } from "./queries";
import { Words } from "./Words";

type Props = { comment: Comment; onClose: () => void };

/** Who changed a comment, when, and what it said before. */
export default function CommentHistory({ comment, onClose }: Props) {
  const query = useInfiniteQuery(historyQuery(comment.id, comment.version));
  const versions = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Modal
      opened
      onClose={onClose}
      title={t`What this comment said before`}
      closeButtonProps={{ "aria-label": t`Close` }}
    >
      {query.isPending && <Skeleton height={64} />}
      {query.isError && (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      )}
      <ol className={classes.list}>
        {versions.map((version) => (
          <li key={version.changed_at} className={classes.version}>
            <p className={classes.head}>
              <Until
                name={version.changed_by?.name ?? "Tracker"}
                at={version.changed_at}
              />
            </p>
            <Words text={version.content} />
          </li>
        ))}
      </ol>
      {query.hasNextPage && (
        <Button
          variant="default"
          fullWidth
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t`Show earlier versions`}
        </Button>
      )}
    </Modal>
  );
}

function Until({ name, at }: { name: string; at: string }) {
  return (
    <Trans>
      Until <strong>{name}</strong> changed it, <Time at={at} />
    </Trans>
  );
}
