"""The first steps and the demo data as the API shows them."""

from __future__ import annotations

import enum

import msgspec
from msgspec import UNSET, UnsetType


class DemoStatus(enum.StrEnum):
    """Where the demo data are."""

    NONE = "none"
    FILLING = "filling"
    READY = "ready"


class DemoData(msgspec.Struct, kw_only=True):
    """Incidents, people and teams to look at.

    Attributes:
        status: Whether they are there.
        done: How many of the incidents are.
        total: How many there will be.
        error: Why it did not go on; it is tried again within a minute.
    """

    status: DemoStatus
    done: int
    total: int
    error: str | None


class FirstRun(msgspec.Struct, kw_only=True):
    """How far the installation has come, as its data tell; demo data do not count.

    Attributes:
        people: Somebody was invited.
        promises: A calendar or a policy was chosen, or the standard ones were kept.
        work: There is an incident, or a token by which others make them.
        empty: There is no incident at all.
        dismissed: Somebody does not want to be reminded any more.
    """

    people: bool
    promises: bool
    work: bool
    empty: bool
    dismissed: bool
    demo: DemoData


class FirstRunUpdate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What only people can say; what is absent stays."""

    dismissed: bool | UnsetType = UNSET
    promises_kept: bool | UnsetType = UNSET
