import { ActionIcon, Menu, UnstyledButton } from "@mantine/core";
import { IconDots, IconEyeOff, IconPencil, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { Comment, IncidentDetail } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { Time } from "../../ui/Time";
import { Words } from "../conversation/Words";
import { CommentEditor } from "./CommentEditor";
import { useDeleteComment } from "./mutations";
import classes from "./Timeline.module.css";

const CommentHistory = lazy(() => import("../conversation/CommentHistory"));

/** Who said it; without an author it was the service itself. */
export const authorOf = (comment: Comment) => comment.author?.name ?? "Tracker";

type Props = { comment: Comment; incident: IncidentDetail };

export function CommentItem({ comment, incident }: Props) {
  const { number } = incident;
  const user = useUser();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [looking, setLooking] = useState(false);
  const remove = useDeleteComment(number);
  const author = authorOf(comment);
  const own = comment.author !== null && user?.id === comment.author.id;

  return (
    <article
      className={`${classes.comment} ${comment.is_internal ? classes.internal : ""}`}
    >
      <header className={classes.commentHead}>
        <strong>{author}</strong>
        <Time at={comment.created_at} />
        {comment.version > 1 &&
          (own || isAtLeast(user, "agent") ? (
            <UnstyledButton
              className={classes.edited}
              onClick={() => setLooking(true)}
              aria-label="Edited: show what it said before"
            >
              edited
            </UnstyledButton>
          ) : (
            <span className="dim">edited</span>
          ))}
        {comment.is_internal && (
          <span className={classes.internalMark}>
            <IconEyeOff size={14} aria-hidden /> Internal note
          </span>
        )}
        {(own || isAtLeast(user, "manager")) && (
          <CommentMenu
            onEdit={own ? () => setEditing(true) : undefined}
            onDelete={() => setDeleting(true)}
          />
        )}
      </header>
      <div className={classes.commentBody}>
        {editing ? (
          <CommentEditor
            comment={comment}
            incident={incident}
            onClose={() => setEditing(false)}
          />
        ) : (
          <Words text={comment.content} />
        )}
      </div>
      {looking && (
        <Suspense>
          <CommentHistory comment={comment} onClose={() => setLooking(false)} />
        </Suspense>
      )}
      <Confirm
        opened={deleting}
        title="Delete this comment?"
        verb="Delete"
        loading={remove.isPending}
        onClose={() => setDeleting(false)}
        onConfirm={() =>
          remove.mutate(comment.id, { onSettled: () => setDeleting(false) })
        }
      >
        {own ? "Your comment" : `The comment of ${author}`} leaves the timeline.
      </Confirm>
    </article>
  );
}

function CommentMenu({
  onEdit,
  onDelete,
}: {
  onEdit?: () => void;
  onDelete: () => void;
}) {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label="Comment actions">
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {onEdit && (
          <Menu.Item
            leftSection={<IconPencil size={16} aria-hidden />}
            onClick={onEdit}
          >
            Edit
          </Menu.Item>
        )}
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={onDelete}
        >
          Delete…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
