import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Textarea,
  UnstyledButton,
} from "@mantine/core";
import { IconDots, IconEyeOff, IconPencil, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { Comment } from "../../api/types";
import { isAtLeast, useUser } from "../../api/useSession";
import { Confirm } from "../../ui/Confirm";
import { Time } from "../../ui/Time";
import { Words } from "../conversation/Words";
import { useDeleteComment, useEditComment } from "./mutations";
import classes from "./Timeline.module.css";

const CommentHistory = lazy(() => import("../conversation/CommentHistory"));

/** Who said it; without an author it was the service itself. */
export const authorOf = (comment: Comment) => comment.author?.name ?? "Tracker";

export function CommentItem({ comment, number }: { comment: Comment; number: string }) {
  const user = useUser();
  const [draft, setDraft] = useState<string | null>(null);
  const [deleting, setDeleting] = useState(false);
  const [looking, setLooking] = useState(false);
  const edit = useEditComment(number);
  const remove = useDeleteComment(number);
  const author = authorOf(comment);
  const own = comment.author !== null && user?.id === comment.author.id;

  const save = () => {
    const content = draft?.trim();
    if (!content) return;
    edit.mutate(
      { id: comment.id, version: comment.version, content },
      { onSuccess: () => setDraft(null) },
    );
  };

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
            onEdit={own ? () => setDraft(comment.content) : undefined}
            onDelete={() => setDeleting(true)}
          />
        )}
      </header>
      <div className={classes.commentBody}>
        {draft === null ? (
          <Words text={comment.content} />
        ) : (
          <>
            <Textarea
              aria-label="Comment"
              autosize
              minRows={2}
              autoFocus
              value={draft}
              onChange={(event) => setDraft(event.currentTarget.value)}
            />
            <Group gap="xs" mt={8}>
              <Button size="xs" loading={edit.isPending} onClick={save}>
                Save
              </Button>
              <Button size="xs" variant="default" onClick={() => setDraft(null)}>
                Cancel
              </Button>
            </Group>
          </>
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
