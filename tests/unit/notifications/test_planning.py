"""What becomes of messages that are due, by what their recipients chose."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.notifications.planning import (
    AT_THE_SAME_TIME,
    GATHERING,
    NEVER_OFF,
    WINDOW,
    WITHIN_WINDOW,
    Channel,
    DeliveryReason,
    MessageKind,
    Plan,
    Preferences,
    Recipient,
    TellWhen,
    Waiting,
    plan,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 23, tzinfo=UTC)
ADA, BEN = uuid4(), uuid4()
MAIL = Channel.MAIL
# Ada sleeps from 22:00 to 07:00 and hears of the rest at 08:00.
SLEEPER = Preferences(
    choices={
        MessageKind.INCIDENT_CREATED: (TellWhen.DIGEST, MAIL),
        MessageKind.SLA_WARNED: (TellWhen.OFF, MAIL),
    },
    quiet_from=time(22),
    quiet_to=time(7),
)


def message(
    kind: str = MessageKind.INCIDENT_RESOLVED,
    now: datetime = NOON,
    *,
    to: UUID | None = ADA,
    age: float = 0,
    late: float = 0,
    reason: DeliveryReason | None = None,
) -> Waiting:
    """A message noted `age` seconds ago of what had happened `late` seconds before."""
    created_at = now - timedelta(seconds=age)
    happened_at = created_at - timedelta(seconds=late)
    return Waiting(uuid4(), kind, to, created_at, happened_at, reason)


def decide(
    *messages: Waiting, now: datetime = NOON, ada: Recipient | None = None
) -> Plan:
    return plan(messages, {ADA: ada or Recipient(), BEN: Recipient()}, now)


def fate(result: Plan, waiting: Waiting) -> str:
    """What became of one message; a message has one fate."""
    fates = [
        *(["at once"] if waiting.id in result.at_once else []),
        *([f"held: {result.held[waiting.id][1]}"] if waiting.id in result.held else []),
        *(["left"] if waiting.id in result.left else []),
        *(["suppressed"] if waiting.id in result.suppressed else []),
        *(f"in a {b.reason}" for b in result.bundles if waiting.id in b.members),
    ]
    [only] = fates
    return only


def test_who_chose_nothing_is_told_at_once() -> None:
    messages = [message(kind) for kind in list(MessageKind)[:AT_THE_SAME_TIME]]
    result = decide(*messages)
    assert set(result.at_once) == {waiting.id for waiting in messages}


@pytest.mark.parametrize("kind", list(MessageKind))
def test_what_is_switched_off_is_suppressed_but_never_a_breach(
    kind: MessageKind,
) -> None:
    off = Recipient(Preferences(choices={kind: (TellWhen.OFF, MAIL)}))
    waiting = message(kind)
    told = fate(decide(waiting, ada=off), waiting)
    assert told == ("at once" if kind in NEVER_OFF else "suppressed")


def test_quiet_hours_hold_all_but_breaches_and_escalations() -> None:
    fates = {}
    for kind in MessageKind:
        waiting = message(kind, NIGHT)
        sleeper = Recipient(Preferences(quiet_from=time(22), quiet_to=time(7)))
        result = decide(waiting, now=NIGHT, ada=sleeper)
        fates[kind] = fate(result, waiting)
        if waiting.id in result.held:
            assert result.held[waiting.id][0] == datetime(2026, 3, 3, 7, tzinfo=UTC)
    assert {kind for kind, told in fates.items() if told == "at once"} == NEVER_OFF
    assert set(fates.values()) == {"at once", "held: quiet_hours"}


def test_a_digest_waits_for_its_time_and_then_goes_as_one() -> None:
    first, second = (message(MessageKind.INCIDENT_CREATED) for _ in range(2))
    result = decide(first, second, ada=Recipient(SLEEPER))
    eight = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert result.held == {
        first.id: (eight, DeliveryReason.DIGEST),
        second.id: (eight, DeliveryReason.DIGEST),
    }
    held = message(
        MessageKind.INCIDENT_CREATED, eight, age=3600, reason=DeliveryReason.DIGEST
    )
    [bundle] = decide(held, now=eight, ada=Recipient(SLEEPER)).bundles
    assert (bundle.recipient_id, bundle.members) == (ADA, [held.id])


def test_a_digest_does_not_come_in_quiet_hours() -> None:
    late_riser = Preferences(
        choices={MessageKind.SLA_BREACHED: (TellWhen.DIGEST, MAIL)},
        quiet_from=time(22),
        quiet_to=time(9, 30),
    )
    waiting = message(MessageKind.SLA_BREACHED)
    result = decide(waiting, ada=Recipient(late_riser))
    assert result.held[waiting.id][0] == datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    # Nobody was there to send it in time: it is night again.
    held = message(MessageKind.SLA_BREACHED, NIGHT, reason=DeliveryReason.DIGEST)
    result = decide(held, now=NIGHT, ada=Recipient(late_riser))
    assert fate(result, held) == "held: digest"


@pytest.mark.parametrize("kind", ["invitation", "password_reset"])
def test_account_mails_know_no_preferences_and_no_storms(kind: str) -> None:
    stormy = Recipient(SLEEPER, told=1000, told_since=NIGHT)
    messages = [message(kind, NIGHT) for _ in range(20)]
    result = decide(*messages, now=NIGHT, ada=stormy)
    assert set(result.at_once) == {waiting.id for waiting in messages}


def test_more_than_five_at_the_same_time_are_one_digest_for_each_person() -> None:
    many = [message() for _ in range(AT_THE_SAME_TIME + 1)]
    few = [message(to=BEN) for _ in range(AT_THE_SAME_TIME)]
    result = decide(*many, *few)
    [bundle] = result.bundles
    assert (bundle.recipient_id, bundle.reason) == (ADA, DeliveryReason.STORM)
    assert set(bundle.members) == {waiting.id for waiting in many}
    assert set(result.at_once) == {waiting.id for waiting in few}


def test_who_was_told_much_lately_hears_the_rest_at_the_end_of_the_window() -> None:
    since = NOON - timedelta(minutes=2)
    waiting = message(MessageKind.SLA_BREACHED)
    bearable = Recipient(told=WITHIN_WINDOW, told_since=since)
    assert fate(decide(waiting, ada=bearable), waiting) == "at once"
    enough = Recipient(told=WITHIN_WINDOW + 1, told_since=since)
    result = decide(waiting, ada=enough)
    assert result.held == {waiting.id: (since + WINDOW, DeliveryReason.STORM)}
    # At its end, all goes as one, however much was told since.
    end = since + WINDOW
    messages = [message(now=end, reason=DeliveryReason.STORM), message(now=end)]
    still = Recipient(told=WITHIN_WINDOW + 1, told_since=end)
    [bundle] = decide(*messages, now=end, ada=still).bundles
    assert set(bundle.members) == {waiting.id for waiting in messages}


def test_what_was_noticed_late_gathers_for_ten_seconds_and_goes_as_one() -> None:
    late = message(MessageKind.SLA_BREACHED, late=61)
    result = decide(late)
    assert result.held == {late.id: (NOON + GATHERING, DeliveryReason.DOWNTIME)}
    due = [
        message(
            MessageKind.SLA_BREACHED, age=10, late=900, reason=DeliveryReason.DOWNTIME
        ),
        message(
            MessageKind.SLA_BREACHED, age=2, late=90, reason=DeliveryReason.DOWNTIME
        ),
        message(MessageKind.INCIDENT_RESOLVED),
    ]
    [bundle] = decide(*due).bundles
    assert (len(bundle.members), bundle.reason) == (3, DeliveryReason.DOWNTIME)


def test_what_happened_just_before_the_end_of_an_outage_waits_for_the_rest() -> None:
    late = message(MessageKind.SLA_BREACHED, age=4, late=61)
    recent = message(MessageKind.SLA_BREACHED, late=30)
    until = NOON + timedelta(seconds=6)
    held = {recent.id: (until, DeliveryReason.DOWNTIME)}
    assert decide(late, recent).held == {late.id: held[recent.id], **held}
    assert decide(recent, ada=Recipient(gathers_until=until)).held == held
    assert fate(decide(recent, ada=Recipient(gathers_until=NOON)), recent) == "at once"


def test_others_do_not_wait_for_what_one_person_is_to_be_told() -> None:
    late = message(MessageKind.SLA_BREACHED, late=61)
    bens = message(MessageKind.SLA_BREACHED, to=BEN)
    assert fate(decide(late, bens), bens) == "at once"


def test_one_late_message_goes_as_itself() -> None:
    alone = message(
        MessageKind.SLA_BREACHED, age=10, late=900, reason=DeliveryReason.DOWNTIME
    )
    assert fate(decide(alone), alone) == "at once"


@pytest.mark.parametrize("kind", ["sla_breached", "incident_created"])
def test_who_has_left_is_told_nothing(kind: str) -> None:
    held = message(kind, reason=DeliveryReason.DIGEST)
    assert fate(decide(held, ada=Recipient(has_left=True)), held) == "left"


messages = st.builds(
    message,
    st.sampled_from([*MessageKind, "invitation", "something_new"]),
    to=st.sampled_from([ADA, BEN, uuid4(), None]),
    age=st.floats(0, 30),
    late=st.floats(0, 120),
    reason=st.sampled_from([None, *DeliveryReason]),
)
preferences = st.builds(
    Preferences,
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]),
    st.dictionaries(
        st.sampled_from(list(MessageKind)),
        st.tuples(st.sampled_from(list(TellWhen)), st.just(MAIL)),
    ),
    quiet_from=st.just(time(22)),
    quiet_to=st.sampled_from([time(7), time(13), time(21, 59)]),
)


@given(st.lists(messages, max_size=30), preferences, st.integers(0, 20))
def test_each_message_has_one_fate_and_what_is_held_moves_on(
    waiting: list[Waiting], chosen: Preferences, told: int
) -> None:
    ada = Recipient(chosen, told=told, told_since=NOON - timedelta(minutes=1))
    result = decide(*waiting, ada=ada)
    fates = {each.id: fate(result, each) for each in waiting}
    assert len(fates) == len(waiting)
    assert all(until > NOON for until, _ in result.held.values())
    by_id = {each.id: each for each in waiting}
    for bundle in result.bundles:
        assert {by_id[id_].recipient_id for id_ in bundle.members} == {
            bundle.recipient_id
        }
    assert not {by_id[id_].kind for id_ in result.suppressed} & NEVER_OFF
