/** Names for the shapes in the generated schema; nothing here is typed by hand. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type IncidentStatus = Schemas["Status"];
export type Priority = Schemas["Priority"];
export type SlaStatus = Schemas["SlaStatus"];
export type UserRef = Schemas["UserRef"];
export type User = Schemas["User"];
export type Team = Schemas["Team"];
export type Session = Schemas["SignedIn"];
export type Meta = Schemas["Meta"];
export type Clock = Schemas["Clock"];
export type SlaSummary = Schemas["SlaSummary"];
export type Incident = Schemas["Incident"];
export type IncidentDetail = Schemas["IncidentDetail"];
export type IncidentAction = Schemas["Action"];
export type IncidentCreate = Schemas["IncidentCreate"];
export type IncidentUpdate = Schemas["IncidentUpdate"];
export type Comment = Schemas["Comment"];
export type Attachment = Schemas["Attachment"];
export type TimelineEntry = Schemas["TimelineItem"];
export type Sla = Schemas["Sla"];
export type Explanation = Schemas["Explanation"];
export type ExplainedClock = Schemas["ExplainedClock"];
export type Step = Schemas["Step"];
export type PauseReason = Schemas["PauseReason"];
export type Policy = Schemas["Policy"];
export type PolicyUpdate = Schemas["PolicyUpdate"];
export type UserCreate = Schemas["UserCreate"];
export type UserUpdate = Schemas["UserUpdate"];
export type TeamCreate = Schemas["TeamCreate"];
export type TokenCreate = Schemas["ApiTokenCreate"];
export type ProfileUpdate = Schemas["ProfileUpdate"];
export type PasswordChange = Schemas["PasswordChange"];
export type Targets = Schemas["Targets"];
export type Token = Schemas["ApiToken"];
export type CreatedToken = Schemas["NewApiToken"];
export type Delivery = Schemas["Delivery"];
export type DeliveryDetail = Schemas["DeliveryDetail"];
export type ErrorItem = Schemas["ErrorItem"];

/** One page of a list, as `unwrap` returns it. */
export type Page<T> = { items: T[]; next_cursor: string | null; total?: number | null };
