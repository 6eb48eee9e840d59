"""The words of mails, in each language."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from tracker.notifications import mails
from tracker.notifications.mails import Reader
from tracker.notifications.planning import DIGEST_KIND, MessageKind
from tracker.settings import LANGUAGES, load_settings

SETTINGS = load_settings({"SECRET_KEY": "x" * 40, "PUBLIC_URL": "https://example.com"})
AT = "2026-03-02T09:00:00+00:00"
PAYLOAD = {
    "number": "INC-7",
    "title": "Disk full",
    "priority": "critical",
    "target": "resolution",
    "deadline": AT,
    "resolved_at": AT,
    "response_deadline": AT,
    "resolution_deadline": AT,
    "expires_at": AT,
    "starts_at": AT,
    "ends_at": AT,
    "at": AT,
    "reset_id": str(UUID(int=7)),
    "name": "Ada",
    "who": "Bob",
    "by": "Bob",
    "note": "Bring coffee.",
    "what": "status",
    "status": "in_progress",
    "text": "Look at this.",
}
KINDS = [*MessageKind, "invitation", "password_reset"]


def render(kind: str, language: str, payload: dict[str, Any]) -> mails.Rendered:
    reader = Reader(language, "Europe/Berlin")
    return mails.render(SETTINGS, reader, kind, payload, with_secrets=False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["status", "commented", "breached", "internal"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_subject_and_a_text_in_each_language(
    kind: str, what: str, language: str
) -> None:
    words = render(kind, language, {**PAYLOAD, "what": what})
    assert words.subject
    assert "\n" not in words.subject
    assert words.text.strip()
    assert f'<html lang="{language}">' in words.html


@pytest.mark.parametrize("kind", KINDS)
def test_german_says_the_facts_that_english_says(kind: str) -> None:
    def facts(language: str) -> set[str]:
        found = re.findall(
            r"INC-\d+|https?://\S+|\d\d:\d\d:\d\d \w+|Ada|Bob|Disk full",
            render(kind, language, PAYLOAD).text,
        )
        return set(found)

    assert facts("de") == facts("en")


def test_codes_are_words_and_instants_are_in_the_readers_zone() -> None:
    german = render(MessageKind.SLA_BREACHED, "de", PAYLOAD)
    assert german.subject == "[INC-7] Lösungsfrist verpasst: Disk full"
    assert "Priorität: kritisch\nFrist: 02.03.2026 10:00:00 CET" in german.text
    english = render(MessageKind.SLA_BREACHED, "en", PAYLOAD)
    assert english.subject == "[INC-7] Resolution deadline missed: Disk full"
    assert "Deadline: 2026-03-02 10:00:00 CET" in english.text


def test_a_digest_counts_in_each_language() -> None:
    item = {**PAYLOAD, "kind": MessageKind.SLA_BREACHED}
    payload = {"counts": {MessageKind.SLA_BREACHED: 2}, "items": [item]}
    german = render(DIGEST_KIND, "de", payload)
    assert german.subject.endswith(": 2 Nachrichten, 2 verpasste Fristen")
    assert "Verpasste Fristen: 2" in german.text
    assert "und 1 weitere" in german.text
    english = render(DIGEST_KIND, "en", payload)
    assert english.subject.endswith(": 2 messages, 2 missed deadlines")
