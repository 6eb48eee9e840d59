/** What the form of a new incident holds. Pure. */
import type {
  CustomField,
  FieldValue,
  FieldValues,
  IncidentCreate,
  IncidentTemplate,
  OrganizationRef,
  Priority,
  UserRef,
} from "../../api/types";

export type NewIncident = {
  title: string;
  description: string;
  priority: Priority;
  tags: string[];
  assignee: UserRef | null;
  team: UserRef | null;
  organization: OrganizationRef | null;
  /** Only what was entered or came from a template; the others have their defaults. */
  fields: FieldValues;
};

export const EMPTY: NewIncident = {
  title: "",
  description: "",
  priority: "medium",
  tags: [],
  assignee: null,
  team: null,
  organization: null,
  fields: {},
};

/** The form with what a template says; what it leaves open stays as it was written. */
export function filledIn(form: NewIncident, template: IncidentTemplate): NewIncident {
  return {
    ...form,
    title: template.title || form.title,
    description: template.description || form.description,
    priority: template.priority ?? form.priority,
    team: template.team ?? form.team,
    tags: template.tags.length ? template.tags : form.tags,
    fields: { ...form.fields, ...template.fields },
  };
}

/** The fields that a new incident is asked for; what resolving needs comes later. */
export function offered(
  fields: CustomField[] | undefined,
  form: NewIncident,
): CustomField[] {
  return (fields ?? []).filter(
    (field) =>
      field.is_active && (field.required !== "resolved" || field.key in form.fields),
  );
}

/** What an input shows: what was entered, or the default until something was. */
export function shownIn(form: NewIncident, field: CustomField): FieldValue | undefined {
  return field.key in form.fields ? form.fields[field.key] : field.default;
}

/** What is sent; only agents choose who works on it, and for whom. */
export function bodyOf(form: NewIncident, agent: boolean): IncidentCreate {
  const { assignee, team, organization, ...body } = form;
  return {
    ...body,
    ...(agent
      ? {
          assignee_id: assignee?.id ?? null,
          team_id: team?.id ?? null,
          organization_id: organization?.id ?? null,
        }
      : {}),
  };
}
