"""What reports tell."""

from __future__ import annotations

import msgspec

from tracker.accounts.schemas import UserRef


class LatePauses(msgspec.Struct, kw_only=True):
    """How often somebody paused clocks for a reason shortly before a deadline.

    `label` is null for a reason that is not on the list any more.
    """

    person: UserRef | None
    reason: str
    label: str | None
    counts_against_us: bool
    pauses: int
    incidents: int
    shortest_remaining_seconds: float
