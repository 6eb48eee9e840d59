import { Button, Group, Textarea } from "@mantine/core";
import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { IncidentDetail } from "../../api/types";
import { Time } from "../../ui/Time";
import classes from "./Incident.module.css";
import { useUpdateIncident } from "./mutations";
import { StaleEdit } from "./update";

const ConflictDialog = lazy(() => import("../../ui/ConflictDialog"));

type Field = "title" | "description";

/** Editing one text in place; a stale save shows both versions instead of losing one. */
function useTextEdit(incident: IncidentDetail, field: Field) {
  const update = useUpdateIncident(incident.number);
  const [draft, setDraft] = useState<string | null>(null);
  // What the draft began with, or was compared to since.
  const [base, setBase] = useState(incident);
  const [error, setError] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);

  const save = async (text: string) => {
    setError(null);
    setAsking(false);
    setDraft(null);
    if (text === base[field]) return;
    try {
      const change = { [field]: text };
      await update.mutateAsync({ patch: change, shown: change, base });
    } catch (e) {
      setDraft(text);
      if (e instanceof StaleEdit) {
        setBase(e.theirs);
        setAsking(true);
      } else {
        setError(e instanceof ApiError ? (e.fields[field] ?? e.message) : messageOf(e));
      }
    }
  };

  return {
    draft,
    setDraft,
    error,
    base,
    asking,
    /** Somebody has saved another text since. */
    overtaken: draft !== null && !asking && incident[field] !== base[field],
    start: () => {
      setBase(incident);
      setDraft(incident[field]);
    },
    cancel: () => {
      setDraft(null);
      setError(null);
      setAsking(false);
    },
    save: () => draft !== null && void save(draft.trim()),
    editFurther: () => setAsking(false),
  };
}

type Edit = ReturnType<typeof useTextEdit>;

export function Headline({ incident }: { incident: IncidentDetail }) {
  const edit = useTextEdit(incident, "title");
  const editable = incident.allowed_actions.includes("edit");
  return (
    <>
      {edit.draft !== null ? (
        <Editor edit={edit} field="title" label="Title" maxLength={200} oneLine />
      ) : (
        <h1 className={classes.title}>
          {editable ? (
            <button type="button" className={classes.editable} onClick={edit.start}>
              {incident.title}
            </button>
          ) : (
            incident.title
          )}
        </h1>
      )}
      <p className={classes.meta}>
        {incident.reporter.name} reported this <Time at={incident.created_at} />,
        updated <Time at={incident.updated_at} />
      </p>
    </>
  );
}

export function Description({ incident }: { incident: IncidentDetail }) {
  const edit = useTextEdit(incident, "description");
  const editable = incident.allowed_actions.includes("edit");
  if (edit.draft !== null)
    return (
      <div className={classes.description}>
        <Editor edit={edit} field="description" label="Description" />
      </div>
    );
  if (!editable)
    return (
      <div className={classes.description}>
        {incident.description || <span className="dim">No description</span>}
      </div>
    );
  return (
    <button
      type="button"
      className={`${classes.editable} ${classes.description}`}
      onClick={edit.start}
    >
      {incident.description || <span className="dim">Add a description</span>}
    </button>
  );
}

type EditorProps = {
  edit: Edit;
  field: Field;
  label: string;
  maxLength?: number;
  oneLine?: boolean;
};

function Editor({ edit, field, label, maxLength, oneLine = false }: EditorProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") edit.cancel();
    else if (event.key === "Enter" && (oneLine || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      edit.save();
    }
  };
  return (
    <div data-doing="editing">
      <Textarea
        aria-label={label}
        autosize
        minRows={oneLine ? 1 : 5}
        maxRows={20}
        maxLength={maxLength}
        autoFocus
        value={edit.draft ?? ""}
        error={edit.error}
        onChange={(event) => edit.setDraft(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <p className={classes.meta} role="status">
        {edit.overtaken &&
          `Somebody else has just changed the ${field}. Save to see both versions.`}
      </p>
      <Group gap="xs" mt={8}>
        <Button size="xs" onClick={edit.save}>
          Save
        </Button>
        <Button size="xs" variant="default" onClick={edit.cancel}>
          Cancel
        </Button>
      </Group>
      {edit.asking && edit.draft !== null && (
        <Suspense>
          <ConflictDialog
            what={field}
            mine={edit.draft}
            theirs={edit.base[field]}
            at={edit.base.updated_at}
            onKeepMine={edit.save}
            onTakeTheirs={edit.cancel}
            onEdit={edit.editFurther}
          />
        </Suspense>
      )}
    </div>
  );
}
