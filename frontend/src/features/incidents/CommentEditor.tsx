import { Button, Group } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Comment, IncidentDetail } from "../../api/types";
import { plainMentions, toContent, toDraft } from "../conversation/mentions";
import { WordsField } from "../conversation/WordsField";
import { isStale, useEditComment } from "./mutations";

const ConflictDialog = lazy(() => import("../../ui/ConflictDialog"));

type Props = { comment: Comment; incident: IncidentDetail; onClose: () => void };

/** Edits a comment; where it was changed elsewhere since, both versions are shown. */
export function CommentEditor({ comment, incident, onClose }: Props) {
  const edit = useEditComment(incident.number);
  const [draft, setDraft] = useState(() => toDraft(comment.content));
  // What the draft began with, or was compared to since.
  const [base, setBase] = useState(comment.version);
  const [asking, setAsking] = useState(false);
  const content = toContent(draft).trim();

  const send = (version: number) => {
    setAsking(false);
    edit.mutate(
      { id: comment.id, version, content },
      {
        onSuccess: onClose,
        // The timeline has been loaded again by now, and theirs with it.
        onError: (error) => setAsking(isStale(error)),
      },
    );
  };
  const save = () => {
    if (!content) return;
    if (comment.version === base) send(base);
    else setAsking(true);
  };
  return (
    <>
      <WordsField
        aria-label="Comment"
        minRows={2}
        autoFocus
        draft={draft}
        onDraft={setDraft}
        incident={incident}
        internal={comment.is_internal}
      />
      <Group gap="xs" mt={8}>
        <Button size="xs" loading={edit.isPending} onClick={save}>
          Save
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
      {asking && (
        <Suspense>
          <ConflictDialog
            what="comment"
            mine={plainMentions(content)}
            theirs={plainMentions(comment.content)}
            at={comment.updated_at}
            onKeepMine={() => send(comment.version)}
            onTakeTheirs={onClose}
            onEdit={() => {
              setBase(comment.version);
              setAsking(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
