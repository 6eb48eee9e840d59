import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { ApiError, messageOf } from "../../api/errors";
import type { CustomField, FieldValue, IncidentDetail } from "../../api/types";
import classes from "../incidents/Incident.module.css";
import { useUpdateIncident } from "../incidents/mutations";
import { FieldInput } from "./FieldInput";
import { activeOf, isSame, isTyped, valueWords } from "./fields";
import { fieldsQuery } from "./queries";

type Props = { incident: IncidentDetail };

/** The custom fields of an incident; agents edit them in place. */
export function FieldsCard({ incident }: Props) {
  const { data: fields = [] } = useQuery(fieldsQuery);
  const may = incident.allowed_actions.includes("assign");
  const editable = may ? activeOf(fields) : [];
  const plain = fields.filter((f) => !editable.includes(f) && f.key in incident.fields);
  if (editable.length === 0 && plain.length === 0) return null;
  return (
    <section className={classes.card} aria-label="Fields">
      <h2>Fields</h2>
      <div className={classes.properties}>
        {editable.map((field) => (
          <FieldEditor key={field.key} incident={incident} field={field} />
        ))}
        {plain.length > 0 && (
          <dl className={classes.facts}>
            {plain.map((field) => (
              <PlainField
                key={field.key}
                field={field}
                value={incident.fields[field.key]}
              />
            ))}
          </dl>
        )}
      </div>
    </section>
  );
}

function PlainField({ field, value }: { field: CustomField; value: unknown }) {
  return (
    <>
      <dt>{field.name}</dt>
      <dd style={{ overflowWrap: "anywhere" }}>
        {field.type === "link" ? (
          <a href={String(value)} target="_blank" rel="noreferrer noopener">
            {String(value)}
          </a>
        ) : (
          valueWords(value, field.type)
        )}
      </dd>
    </>
  );
}

function FieldEditor({ incident, field }: Props & { field: CustomField }) {
  const update = useUpdateIncident(incident.number);
  const [draft, setDraft] = useState<FieldValue>();
  const [error, setError] = useState<string>();
  const saved = incident.fields[field.key] ?? null;
  const save = (value: FieldValue) => {
    if (isSame(value, saved)) {
      setDraft(undefined);
      return;
    }
    const { [field.key]: _, ...others } = incident.fields;
    update.mutate(
      {
        patch: { fields: { [field.key]: value } },
        shown: { fields: value === null ? others : { ...others, [field.key]: value } },
      },
      {
        onSuccess: () => setDraft(undefined),
        // What was written stays, so that it can be put right.
        onError: (e) =>
          setError(
            (e instanceof ApiError && e.fields[`fields.${field.key}`]) || messageOf(e),
          ),
      },
    );
  };
  const change = (value: FieldValue) => {
    setError(undefined);
    setDraft(value);
    if (!isTyped(field.type)) save(value);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (!isTyped(field.type)) return;
    if (event.key === "Enter") event.currentTarget.blur();
    else if (event.key === "Escape" && draft !== undefined) {
      event.stopPropagation();
      setDraft(undefined);
      setError(undefined);
    }
  };
  const missing = field.required === "resolved" && saved === null;
  return (
    <FieldInput
      field={field}
      value={draft === undefined ? saved : draft}
      onChange={change}
      onBlur={() => draft !== undefined && isTyped(field.type) && save(draft)}
      onKeyDown={onKeyDown}
      description={
        [field.help, missing ? "Needed to resolve." : ""].filter(Boolean).join(" ") ||
        undefined
      }
      error={error}
    />
  );
}
