import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { IncidentDetail } from "../../api/types";
import { Time } from "../../ui/Time";
import classes from "./Incident.module.css";
import { useUpdateIncident } from "./mutations";
import { incidentQuery } from "./queries";

type Field = "title" | "description";
type Conflict = { mine: string; theirs: IncidentDetail };

/** Editing one text in place; a stale save shows both versions instead of losing one. */
function useTextEdit(incident: IncidentDetail, field: Field) {
  const client = useQueryClient();
  const update = useUpdateIncident(incident.number);
  const [draft, setDraft] = useState<string | null>(null);
  const [version, setVersion] = useState(incident.version);
  const [error, setError] = useState<string | null>(null);
  const [conflict, setConflict] = useState<Conflict | null>(null);

  const save = async (text: string, base: number) => {
    setError(null);
    setDraft(null);
    setConflict(null);
    if (text === incident[field]) return;
    try {
      await update.mutateAsync({
        patch: { [field]: text },
        shown: { [field]: text },
        version: base,
      });
    } catch (e) {
      setDraft(text);
      if (e instanceof ApiError && e.has("stale_version")) {
        const theirs = await client.fetchQuery({
          ...incidentQuery(incident.number),
          staleTime: 0,
        });
        setConflict({ mine: text, theirs });
      } else {
        setError(e instanceof ApiError ? (e.fields[field] ?? e.message) : messageOf(e));
      }
    }
  };

  return {
    draft,
    setDraft,
    error,
    conflict,
    start: () => {
      setVersion(incident.version);
      setDraft(incident[field]);
    },
    cancel: () => {
      setDraft(null);
      setError(null);
    },
    save: () => draft !== null && void save(draft.trim(), version),
    keepTheirs: () => {
      setConflict(null);
      setDraft(null);
    },
    keepMine: () => conflict && void save(conflict.mine, conflict.theirs.version),
  };
}

type Edit = ReturnType<typeof useTextEdit>;

export function Headline({ incident }: { incident: IncidentDetail }) {
  const edit = useTextEdit(incident, "title");
  const editable = incident.allowed_actions.includes("edit");
  return (
    <>
      {edit.draft !== null ? (
        <Editor edit={edit} label="Title" maxLength={200} oneLine />
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
      <ConflictDialog edit={edit} field="title" />
    </>
  );
}

export function Description({ incident }: { incident: IncidentDetail }) {
  const edit = useTextEdit(incident, "description");
  const editable = incident.allowed_actions.includes("edit");
  if (edit.draft !== null)
    return (
      <div className={classes.description}>
        <Editor edit={edit} label="Description" />
        <ConflictDialog edit={edit} field="description" />
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

type EditorProps = { edit: Edit; label: string; maxLength?: number; oneLine?: boolean };

function Editor({ edit, label, maxLength, oneLine = false }: EditorProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") edit.cancel();
    else if (event.key === "Enter" && (oneLine || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      edit.save();
    }
  };
  return (
    <>
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
      <Group gap="xs" mt={8}>
        <Button size="xs" onClick={edit.save}>
          Save
        </Button>
        <Button size="xs" variant="default" onClick={edit.cancel}>
          Cancel
        </Button>
      </Group>
    </>
  );
}

function ConflictDialog({ edit, field }: { edit: Edit; field: Field }) {
  const { conflict } = edit;
  return (
    <Modal
      opened={conflict !== null}
      onClose={edit.keepTheirs}
      title={`Somebody else changed the ${field} meanwhile`}
      size="xl"
    >
      {conflict && (
        <>
          <div className={classes.versions}>
            <section>
              <h3>Your version</h3>
              <div className={classes.version}>{conflict.mine}</div>
            </section>
            <section>
              <h3>
                The saved version, <Time at={conflict.theirs.updated_at} />
              </h3>
              <div className={classes.version}>{conflict.theirs[field]}</div>
            </section>
          </div>
          <Group justify="flex-end" mt="lg" gap="xs">
            <Button variant="default" onClick={edit.keepTheirs}>
              Keep the saved version
            </Button>
            <Button onClick={edit.keepMine}>Save mine instead</Button>
          </Group>
        </>
      )}
    </Modal>
  );
}
