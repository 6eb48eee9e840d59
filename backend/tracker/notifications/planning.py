"""What becomes of messages that are due: pure decisions over what people chose.

A message is sent at once, held, suppressed, or bundled with others into a digest. No
queries here: the planner reads the rows and writes what was decided.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from tracker.notifications.hours import next_at, quiet_until

# So many at the same time are still told one by one.
AT_THE_SAME_TIME = 5
# So many mails within the window are borne before the rest is held to its end.
WITHIN_WINDOW = 10
WINDOW = timedelta(minutes=5)
# What was noticed so long after it happened tells of an outage: more will follow.
LATE = timedelta(minutes=1)
GATHERING = timedelta(seconds=10)


class MessageKind(StrEnum):
    """What a message tells; the order is that of a digest."""

    SLA_BREACHED = "sla_breached"
    SLA_ESCALATED = "sla_escalated"
    SLA_WARNED = "sla_warned"
    INCIDENT_CREATED = "incident_created"
    INCIDENT_ASSIGNED = "incident_assigned"
    INCIDENT_RESOLVED = "incident_resolved"
    MENTIONED = "mentioned"
    WATCHED = "watched"
    MAINTENANCE_ANNOUNCED = "maintenance_announced"


class TellWhen(StrEnum):
    """When somebody wants to be told."""

    AT_ONCE = "at_once"
    DIGEST = "digest"
    OFF = "off"


class Channel(StrEnum):
    """By what somebody wants to be told."""

    MAIL = "mail"
    PUSH = "push"


class DeliveryReason(StrEnum):
    """Why a message was not sent at once."""

    SWITCHED_OFF = "switched_off"
    LEFT = "left"
    QUIET_HOURS = "quiet_hours"
    DIGEST = "digest"
    STORM = "storm"
    DOWNTIME = "downtime"
    # About demo data, or to somebody who is demo data.
    DEMO = "demo"
    PUSH_FAILED = "push_failed"


# Nobody who answers for a breach can do without hearing of it.
NEVER_OFF = frozenset({MessageKind.SLA_BREACHED, MessageKind.SLA_ESCALATED})
# People wait for these, and they carry links for one person only.
ACCOUNT = frozenset({"invitation", "password_reset"})
DIGEST_KIND = "digest"
_CHOSEN = frozenset(MessageKind)
DIGEST_AT = time(8)


@dataclass(frozen=True)
class Preferences:
    """What a person chose; by default everything at once, at any hour."""

    timezone: str = "UTC"
    choices: Mapping[str, tuple[TellWhen, Channel]] = field(default_factory=dict)
    digest_at: time = DIGEST_AT
    quiet_from: time | None = None
    quiet_to: time | None = None

    def choice(self, kind: str) -> tuple[TellWhen, Channel]:
        """When and by what to tell them of a kind."""
        when, channel = self.choices.get(kind, (TellWhen.AT_ONCE, Channel.MAIL))
        if when is TellWhen.OFF and kind in NEVER_OFF:
            return TellWhen.AT_ONCE, channel
        return when, channel

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the quiet hours that they have now will end."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return quiet_until(now, ZoneInfo(self.timezone), self.quiet_from, self.quiet_to)

    def next_digest(self, now: datetime) -> datetime:
        """When their next digest is due; not in their quiet hours."""
        at = next_at(now, ZoneInfo(self.timezone), self.digest_at)
        return self.quiet_until(at) or at


@dataclass(frozen=True)
class Recipient:
    """A person, whether they are still with us, and how much they were told lately."""

    preferences: Preferences = field(default_factory=Preferences)
    has_left: bool = False
    told: int = 0
    told_since: datetime | None = None
    # When what an outage has to tell them is told.
    gathers_until: datetime | None = None

    def told_enough_until(self) -> datetime | None:
        """The end of the window, when so much was told in it that the rest is held."""
        if self.told > WITHIN_WINDOW and self.told_since:
            return self.told_since + WINDOW
        return None


@dataclass(frozen=True)
class Waiting:
    """A message that waits for a decision."""

    id: UUID
    kind: str
    recipient_id: UUID | None
    created_at: datetime
    happened_at: datetime | None = None
    reason: DeliveryReason | None = None

    @property
    def is_late(self) -> bool:
        """Noticed long after it happened."""
        happened_at = self.happened_at
        return happened_at is not None and self.created_at - happened_at > LATE


@dataclass(frozen=True)
class Bundle:
    """Messages that go as one."""

    recipient_id: UUID
    channel: Channel
    reason: DeliveryReason
    members: Sequence[UUID]


@dataclass
class Plan:
    """What becomes of each message."""

    at_once: dict[UUID, Channel] = field(default_factory=dict)
    held: dict[UUID, tuple[datetime, DeliveryReason]] = field(default_factory=dict)
    suppressed: list[UUID] = field(default_factory=list)
    # To people who have left; what must be heard goes to the administrators instead.
    left: list[UUID] = field(default_factory=list)
    bundles: list[Bundle] = field(default_factory=list)


def plan(
    waiting: Iterable[Waiting], people: Mapping[UUID, Recipient], now: datetime
) -> Plan:
    """Decide what becomes of messages that are due.

    Args:
        waiting: The messages.
        people: Their recipients; who is missing chose nothing.
        now: The present.
    """
    result = Plan()
    ready: dict[tuple[UUID, Channel], list[Waiting]] = defaultdict(list)
    digests: dict[tuple[UUID, Channel], list[UUID]] = defaultdict(list)
    quiet = {id_: person.preferences.quiet_until(now) for id_, person in people.items()}
    for message in waiting:
        person_id = message.recipient_id
        if person_id is None or message.kind not in _CHOSEN:
            result.at_once[message.id] = Channel.MAIL
            continue
        person = people.get(person_id, Recipient())
        preferences = person.preferences
        when, channel = preferences.choice(message.kind)
        until = quiet.get(person_id)
        if person.has_left:
            result.left.append(message.id)
        elif when is TellWhen.OFF:
            result.suppressed.append(message.id)
        elif when is TellWhen.DIGEST and message.reason is not DeliveryReason.DIGEST:
            result.held[message.id] = (
                preferences.next_digest(now),
                DeliveryReason.DIGEST,
            )
        elif when is TellWhen.DIGEST and until:
            result.held[message.id] = until, DeliveryReason.DIGEST
        elif when is TellWhen.DIGEST:
            # To be read through once a day, which is what a mail is for.
            digests[person_id, Channel.MAIL].append(message.id)
        elif until and message.kind not in NEVER_OFF:
            result.held[message.id] = until, DeliveryReason.QUIET_HOURS
        else:
            ready[person_id, channel].append(message)
    for (person_id, channel), members in digests.items():
        result.bundles.append(
            Bundle(person_id, channel, DeliveryReason.DIGEST, members)
        )
    for (person_id, channel), messages in ready.items():
        person = people.get(person_id, Recipient())
        if until := _gathers_until(person, messages, now):
            result.held.update(
                (message.id, (until, DeliveryReason.DOWNTIME)) for message in messages
            )
        else:
            until = person.told_enough_until()
            _spread(result, person_id, channel, messages, until)
    return result


def _gathers_until(
    person: Recipient, messages: list[Waiting], now: datetime
) -> datetime | None:
    """Until when messages wait for what an outage has still to tell the same person.

    What happened shortly before its end waits too, though it is not late.
    """
    if any(message.reason is DeliveryReason.DOWNTIME for message in messages):
        return None
    ends = [message.created_at + GATHERING for message in messages if message.is_late]
    until = person.gathers_until or min(ends, default=now)
    return until if now < until else None


def _spread(
    result: Plan,
    person_id: UUID,
    channel: Channel,
    messages: list[Waiting],
    until: datetime | None,
) -> None:
    """Tell one person one by one or all in one; `until` holds what is new."""
    ids = [message.id for message in messages]
    released = any(message.reason is DeliveryReason.STORM for message in messages)
    late = any(message.is_late for message in messages)
    if until and not released:
        result.held.update((id_, (until, DeliveryReason.STORM)) for id_ in ids)
    elif len(ids) > AT_THE_SAME_TIME or (len(ids) > 1 and (released or late)):
        reason = DeliveryReason.DOWNTIME if late else DeliveryReason.STORM
        result.bundles.append(Bundle(person_id, channel, reason, ids))
    else:
        result.at_once.update((id_, channel) for id_ in ids)
