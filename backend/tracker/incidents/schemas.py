"""What goes in and out of the API about incidents, and its limits."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracker.accounts.schemas import OrganizationRef, UserRef
from tracker.incidents.workflow import Action, Priority, Status
from tracker.presence import Doing
from tracker.sla.clock import Mode
from tracker.sla.schemas import SlaSummary

Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"\S",
        examples=["Disk full on db-3"],
        description="One line that says what is wrong.",
    ),
]
Description = Annotated[str, Meta(max_length=20_000)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"^[^,\s][^,]*$")]
MAX_TAGS = 20
Tags = Annotated[list[Tag], Meta(max_length=MAX_TAGS)]
SomeTags = Annotated[list[Tag], Meta(min_length=1, max_length=MAX_TAGS)]
PauseCode = Annotated[str, Meta(min_length=1, max_length=50)]
Content = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]

# The look-ahead keeps a line feed at the end from passing.
FieldKey = Annotated[
    str, Meta(max_length=40, pattern=r"^[a-z][a-z0-9_]*(?!\n)$", examples=["region"])
]
FieldValue = bool | int | float | str | list[str]
FieldValues = Annotated[
    dict[FieldKey, FieldValue | None],
    Meta(
        max_length=100,
        description="Values of custom fields, by their keys; null clears one.",
    ),
]


class Sort(enum.StrEnum):
    """The order of a list; a minus turns it round."""

    NEXT_DEADLINE = "next_deadline"
    CREATED = "created_at"
    CREATED_LAST = "-created_at"
    UPDATED = "updated_at"
    UPDATED_LAST = "-updated_at"
    PRIORITY = "priority"
    PRIORITY_LOWEST = "-priority"
    RELEVANCE = "relevance"


class SlaFilter(enum.StrEnum):
    """What a list can be narrowed to by its clocks."""

    ACTIVE = "active"
    AT_RISK = "at_risk"
    ON_TRACK = "on_track"
    BREACHED = "breached"
    PAUSED = "paused"
    MET = "met"


class GroupBy(enum.StrEnum):
    """What a list can be grouped by."""

    TEAM = "team"
    ASSIGNEE = "assignee"
    PRIORITY = "priority"
    SLA = "sla"


class Group(msgspec.Struct, frozen=True):
    """Incidents of a list that have something in common, and how many there are."""

    value: Annotated[
        str, Meta(description="With it the filter of this name lists the group.")
    ]
    name: Annotated[str | None, Meta(description="Of the team or person.")]
    count: int


class TeamRef(msgspec.Struct, frozen=True):
    """A team, as far as a list needs to know."""

    id: UUID
    name: str


class MatchField(enum.StrEnum):
    """Where the words that were looked for stand."""

    TITLE = "title"
    DESCRIPTION = "description"
    COMMENT = "comment"


class Piece(msgspec.Struct, frozen=True):
    """A stretch of plain text; `hit` is what was looked for."""

    text: str
    hit: bool = False


class Match(msgspec.Struct, frozen=True):
    """Why a search found something, in plain text by pieces: nothing to escape."""

    field: MatchField
    snippet: list[Piece]


class Incident(msgspec.Struct, kw_only=True):
    """An incident, as a list shows it."""

    id: UUID
    number: str
    title: str
    status: Status
    priority: Priority
    tags: list[str]
    reporter: UserRef
    assignee: UserRef | None
    team: TeamRef | None
    organization: OrganizationRef | None
    created_at: dt.datetime
    updated_at: dt.datetime
    acknowledged_at: dt.datetime | None
    resolved_at: dt.datetime | None
    closed_at: dt.datetime | None
    version: int
    sla: SlaSummary
    match: Match | UnsetType | None = UNSET


class IncidentDetail(Incident, kw_only=True):
    """An incident with everything, and what the caller may do with it now."""

    description: str
    fields: Annotated[
        dict[str, FieldValue],
        Meta(description="Values of the custom fields that the caller may see."),
    ]
    allowed_actions: list[Action]


class IncidentCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new incident; agents may create one on behalf of somebody else."""

    title: Title
    description: Description = ""
    priority: Priority = Priority.MEDIUM
    reporter_id: UUID | None = None
    assignee_id: UUID | None = None
    team_id: UUID | None = None
    organization_id: UUID | None = None
    tags: Tags = []
    fields: FieldValues = {}


class IncidentUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to an incident; what is absent stays, null clears."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    assignee_id: UUID | UnsetType | None = UNSET
    team_id: UUID | UnsetType | None = UNSET
    organization_id: UUID | UnsetType | None = UNSET
    policy_id: UUID | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    fields: FieldValues | UnsetType = UNSET
    sla_mode: Annotated[
        Mode, Meta(description="From when new targets, of a priority or policy, count.")
    ] = Mode.RETARGET


class Resolve(msgspec.Struct, forbid_unknown_fields=True):
    """Resolve, with a public comment if there is something to say.

    Values of custom fields can come with it, above all those that resolving requires.
    """

    comment: Content | None = None
    fields: FieldValues = {}


class Reopen(msgspec.Struct, forbid_unknown_fields=True):
    """Reopen, with a public comment that says why."""

    reason: Content | None = None


class Comment(msgspec.Struct, kw_only=True):
    """What somebody said; without an author it was the service itself."""

    id: UUID
    incident_id: UUID
    author: UserRef | None
    content: str
    is_internal: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class CommentCreate(msgspec.Struct, forbid_unknown_fields=True):
    """Something to say; internal is for agents only."""

    content: Content
    is_internal: bool = False


class CommentUpdate(msgspec.Struct, forbid_unknown_fields=True):
    """Other words for a comment."""

    content: Content


class CommentVersion(msgspec.Struct, kw_only=True):
    """The words that a comment had before, who changed them, and when."""

    content: str
    changed_by: UserRef | None
    changed_at: dt.datetime


class TimelineShow(enum.StrEnum):
    """What a timeline can be narrowed to."""

    ALL = "all"
    COMMENTS = "comments"
    CHANGES = "changes"
    CLOCK = "clock"


class TimelineItem(msgspec.Struct, kw_only=True):
    """Something that happened to an incident."""

    id: str
    at: dt.datetime
    type: str
    actor: UserRef | None
    data: dict[str, Any]
    comment: Comment | None


class LinkKind(enum.StrEnum):
    """What one incident is to another, from where one looks."""

    DUPLICATE_OF = "duplicate_of"
    DUPLICATED_BY = "duplicated_by"
    RELATED = "related"
    PARENT_OF = "parent_of"
    CHILD_OF = "child_of"


class LinkedIncident(msgspec.Struct, kw_only=True):
    """The incident at the other end of a link."""

    id: UUID
    number: str
    title: str
    status: Status
    priority: Priority


class Link(msgspec.Struct, kw_only=True):
    """What this incident is to another one."""

    id: UUID
    kind: LinkKind
    incident: LinkedIncident
    merged: Annotated[
        bool, Meta(description="The duplicate was closed in favour of the other one.")
    ]
    created_at: dt.datetime


Reference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=40,
        examples=["INC-1042"],
        description="The id or number of an incident.",
    ),
]


class LinkCreate(msgspec.Struct, forbid_unknown_fields=True):
    """What this incident is to which other one."""

    kind: LinkKind
    to: Reference


class Merge(msgspec.Struct, forbid_unknown_fields=True):
    """The incident that goes on."""

    into: Reference


class Watcher(msgspec.Struct, kw_only=True):
    """Somebody who watches an incident."""

    user: UserRef
    since: dt.datetime


class Attend(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody does who has an incident open; typing is of a comment."""

    state: Doing
    page: Annotated[
        str,
        Meta(
            max_length=40,
            pattern=r"^[\w-]*$",
            description="Tells one open page of the caller from another.",
        ),
    ] = ""


class Attendance(msgspec.Struct):
    """Somebody who has an incident open."""

    user: UserRef
    state: Doing
    until: Annotated[
        dt.datetime,
        Meta(description="When this is over unless they are heard of before."),
    ]


ViewName = Annotated[
    str, Meta(min_length=1, max_length=60, pattern=r"\S", examples=["Network, late"])
]
FilterText = Annotated[str, Meta(min_length=1, max_length=1000)]


class ViewFilters(
    msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """What a view is narrowed to: the parameters of the list, each as it takes them."""

    status: FilterText | UnsetType = UNSET
    priority: FilterText | UnsetType = UNSET
    assignee: FilterText | UnsetType = UNSET
    team: FilterText | UnsetType = UNSET
    organization: FilterText | UnsetType = UNSET
    tag: FilterText | UnsetType = UNSET
    sla: FilterText | UnsetType = UNSET
    created: FilterText | UnsetType = UNSET
    q: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    fields: (
        Annotated[
            dict[FieldKey, FilterText],
            Meta(
                max_length=10,
                description="By key of a custom field, its value or several, by comma.",
            ),
        ]
        | UnsetType
    ) = UNSET


class View(msgspec.Struct, kw_only=True):
    """A narrowed queue under a name."""

    id: UUID
    name: str
    filters: ViewFilters
    sort: Sort
    shared: bool
    position: int
    owner: UserRef
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class ViewCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A view to save; all agents see a shared one."""

    name: ViewName
    filters: ViewFilters
    sort: Sort = Sort.NEXT_DEADLINE
    shared: bool = False


class ViewUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a view; what is absent stays."""

    name: ViewName | UnsetType = UNSET
    filters: ViewFilters | UnsetType = UNSET
    sort: Sort | UnsetType = UNSET
    shared: bool | UnsetType = UNSET
    position: (
        Annotated[
            int, Meta(ge=0, le=1000, description="The place among its like, from 0.")
        ]
        | UnsetType
    ) = UNSET


class ViewCounts(msgspec.Struct):
    """How many incidents each view holds; `limit` stands for that many or more."""

    counts: dict[str, int]
    limit: int


# --- Canned replies -------------------------------------------------------------------

ReplyTitle = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"\S", examples=["We look into it"])
]
ReplyBody = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        pattern=r"\S",
        examples=["Hello {{reporter.name}}, we look into it."],
        description="Markdown. Placeholders stand in double braces.",
    ),
]


class Placeholder(enum.StrEnum):
    """What a canned reply takes from the incident, and from who writes."""

    INCIDENT_NUMBER = "incident.number"
    INCIDENT_TITLE = "incident.title"
    INCIDENT_PRIORITY = "incident.priority"
    REPORTER_NAME = "reporter.name"
    AGENT_NAME = "agent.name"
    ASSIGNEE_NAME = "assignee.name"
    TEAM_NAME = "team.name"
    DEADLINE_RESPONSE = "deadline.response"
    DEADLINE_RESOLUTION = "deadline.resolution"


class CannedReply(msgspec.Struct, kw_only=True):
    """Words for many incidents; without a team they are everybody's."""

    id: UUID
    title: str
    body: str
    placeholders: list[Placeholder]
    team: TeamRef | None
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class CannedReplyCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Words to keep."""

    title: ReplyTitle
    body: ReplyBody
    team_id: UUID | None = None


class CannedReplyUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a canned reply; what is absent stays, no team is everybody."""

    title: ReplyTitle | UnsetType = UNSET
    body: ReplyBody | UnsetType = UNSET
    team_id: UUID | UnsetType | None = UNSET


# --- Many at once ---------------------------------------------------------------------


class _Change(
    msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What is to happen to each of many incidents."""


class BulkAssign(_Change, tag="assign"):
    """Give them to somebody; null takes them away."""

    assignee_id: UUID | None


class BulkTeam(_Change, tag="team"):
    """Give them to a team; null takes them away."""

    team_id: UUID | None


class BulkPriority(_Change, tag="priority"):
    """Give them a priority, and with it other targets."""

    priority: Priority
    sla_mode: Mode = Mode.RETARGET


class BulkStep(_Change, tag="step"):
    """Acknowledge, resolve, close or reopen them."""

    # Not the enumeration: the description of the API has another one of its name.
    step: Literal["acknowledge", "resolve", "close", "reopen"]


class BulkAddTags(_Change, tag="add_tags"):
    """Give them tags, in addition to those that they have."""

    tags: SomeTags


class BulkRemoveTags(_Change, tag="remove_tags"):
    """Take tags away where they are."""

    tags: SomeTags


class BulkPause(_Change, tag="pause"):
    """Stop their clocks, for a reason."""

    reason: PauseCode
    note: Annotated[str, Meta(max_length=500)] | None = None


class BulkResume(_Change, tag="resume"):
    """End one reason, or all of them."""

    reason: PauseCode | None = None


class BulkDelete(_Change, tag="delete"):
    """Take them out of sight."""


class BulkRestore(_Change, tag="restore"):
    """Bring deleted ones back."""


BulkChange = (
    BulkAssign
    | BulkTeam
    | BulkPriority
    | BulkStep
    | BulkAddTags
    | BulkRemoveTags
    | BulkPause
    | BulkResume
    | BulkDelete
    | BulkRestore
)


class Bulk(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One change to many incidents."""

    references: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=50)]],
        Meta(min_length=1, max_length=200, description="Ids or numbers."),
    ]
    change: BulkChange
    expected: Annotated[
        dict[str, int],
        Meta(
            max_length=200,
            description="By reference, the version that the change is based on; an"
            " incident that has another one by now stays as it is.",
        ),
    ] = {}


class BulkPauseBefore(msgspec.Struct, kw_only=True):
    """A reason for which the clocks stood still."""

    reason: str
    note: str | None


class BulkBefore(msgspec.Struct, kw_only=True):
    """What an incident was before, as far as taking the change back needs it."""

    status: Status
    priority: Priority
    assignee_id: UUID | None
    team_id: UUID | None
    tags: list[str]
    pauses: Annotated[
        list[BulkPauseBefore],
        Meta(description="Looked up when clocks are paused or resumed."),
    ]


class BulkDone(msgspec.Struct, kw_only=True):
    """An incident that was changed, or was so already."""

    number: str
    version: int
    before: BulkBefore


class BulkFailure(msgspec.Struct, kw_only=True):
    """An incident that stayed as it was, and why."""

    number: str
    code: str
    message: str


class BulkResult(msgspec.Struct, kw_only=True):
    """What became of each incident."""

    done: list[BulkDone]
    failed: list[BulkFailure]


# --- Custom fields and templates ------------------------------------------------------


class FieldType(enum.StrEnum):
    """What the values of a custom field are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    LINK = "link"


class FieldRequired(enum.StrEnum):
    """When a custom field must have a value."""

    NEVER = "never"
    CREATED = "created"
    RESOLVED = "resolved"


FieldName = Annotated[
    str, Meta(min_length=1, max_length=60, pattern=r"\S", examples=["Region"])
]
Options = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^,\s][^,]*$")]],
    Meta(max_length=100, description="What can be chosen; without commas."),
]
Help = Annotated[str, Meta(max_length=300)]
Place = Annotated[
    int, Meta(ge=0, le=1000, description="The place among its like, from 0.")
]


class CustomField(msgspec.Struct, kw_only=True, frozen=True):
    """Something else that is kept of incidents."""

    key: str
    name: str
    type: FieldType
    options: list[str]
    required: FieldRequired
    default: FieldValue | None
    help: str
    visible_to_reporters: bool
    position: int
    is_active: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class CustomFieldCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new field; its key and type stay as they are."""

    key: FieldKey
    name: FieldName
    type: FieldType
    options: Options = []
    required: FieldRequired = FieldRequired.NEVER
    default: FieldValue | None = None
    help: Help = ""
    visible_to_reporters: bool = False


class CustomFieldUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a field; values that incidents have stay as they are."""

    name: FieldName | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    required: FieldRequired | UnsetType = UNSET
    default: FieldValue | UnsetType | None = UNSET
    help: Help | UnsetType = UNSET
    visible_to_reporters: bool | UnsetType = UNSET
    position: Place | UnsetType = UNSET
    is_active: (
        Annotated[bool, Meta(description="False retires it: its values stay.")]
        | UnsetType
    ) = UNSET


TemplateName = Annotated[
    str, Meta(min_length=1, max_length=100, pattern=r"\S", examples=["Disk full"])
]
TemplateTitle = Annotated[str, Meta(max_length=200)]


class IncidentTemplate(msgspec.Struct, kw_only=True):
    """What a new incident of some kind begins with, as far as the caller sees it."""

    id: UUID
    name: str
    title: str
    description: str
    priority: Priority | None
    team: TeamRef | None
    tags: list[str]
    fields: dict[str, FieldValue]
    for_reporters: bool
    position: int
    created_at: dt.datetime
    updated_at: dt.datetime
    version: int


class IncidentTemplateCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A new template; reporters use those that are for them."""

    name: TemplateName
    title: TemplateTitle = ""
    description: Description = ""
    priority: Priority | None = None
    team_id: UUID | None = None
    tags: Tags = []
    fields: FieldValues = {}
    for_reporters: bool = False


class IncidentTemplateUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Changes to a template; what is absent stays, null clears."""

    name: TemplateName | UnsetType = UNSET
    title: TemplateTitle | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    priority: Priority | UnsetType | None = UNSET
    team_id: UUID | UnsetType | None = UNSET
    tags: Tags | UnsetType = UNSET
    fields: FieldValues | UnsetType = UNSET
    for_reporters: bool | UnsetType = UNSET
    position: Place | UnsetType = UNSET
