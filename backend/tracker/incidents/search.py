"""Words that are looked for: what finds them, and where in a text they stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from tracker.incidents import mentions, schemas
from tracker.security import Identity

NUMBER = re.compile(r"(?:INC-)?(\d{1,18})", re.IGNORECASE | re.ASCII)

_ACCENTS = re.compile("[\u0300-\u036f]")
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f]*)+")
# As `websearch_to_tsquery` cuts them: phrases and words, with a minus those unwanted.
_TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
# Shorter words are like too many others.
_SHORTEST_FUZZY = 4
_BEFORE, _LENGTH = 40, 160


class Words(NamedTuple):
    """What is looked for.

    Attributes:
        text: As it was written.
        words: Those that shall be there, folded.
        prefix: The last one may go on.
        number: The incident's, if it can be read as one.
        fuzzy: It is nothing but words, so that similar ones may stand in for them.
    """

    text: str
    words: tuple[str, ...]
    prefix: bool
    number: int | None
    fuzzy: bool


def fold(word: str) -> str:
    """A word without case and accents, as `search_fold` makes it in SQL."""
    plain = unicodedata.normalize("NFKD", word.lower())
    return _ACCENTS.sub("", plain).replace("ß", "ss")


def parse(text: str | None) -> Words | None:
    """What is asked for in the words of a search box; None when that is nothing."""
    text = (text or "").strip()
    if not text:
        return None
    terms = [match.groups() for match in _TERM.finditer(text)]
    plain = '"' not in text and not any(minus for minus, _, _ in terms)
    words = tuple(
        fold(word)
        for minus, phrase, single in terms
        if not minus and (single or "").lower() != "or"
        for word in _WORD.findall(phrase or single or "")
    )
    number = NUMBER.fullmatch(text)
    return Words(
        text,
        words,
        prefix=text[-1].isalnum(),
        number=int(number[1]) if number else None,
        fuzzy=plain and number is None and len(text) >= _SHORTEST_FUZZY,
    )


# --- In SQL ---------------------------------------------------------------------------

# How many of the newest hits, in incidents and in comments, are put in order: so many
# cost little however many there are, and nobody reads on.
RANKED = 1000
_CERTAIN = 10


def parameters(words: Words, identity: Identity) -> dict[str, Any]:
    """The values that the statements of this file ask for."""
    return {
        "words": words.text,
        **({"number": words.number} if words.number is not None else {}),
        **({"searcher": _searcher(identity)} if words.fuzzy else {}),
    }


def _searcher(identity: Identity) -> Any:
    return None if identity.is_agent else identity.user_id


def _said(identity: Identity) -> str:
    """Comments `c` that have the words; those that are internal are for agents."""
    internal = "" if identity.is_agent else " AND NOT c.is_internal"
    return f"c.search @@ search_query(:words) AND c.deleted_at IS NULL{internal}"


def _exact(words: Words, identity: Identity) -> str:
    """Ids of the incidents with the words in them, as far as the caller sees them.

    What others may see must not even decide whether something similar is looked for.
    """
    own = "" if identity.is_agent else " AND f.reporter_id = :me"
    visible = f"f.deleted_at IS NULL{own}"
    return (
        "SELECT f.id FROM incidents f"
        f" WHERE f.search @@ search_query(:words) AND {visible}"
        " UNION ALL SELECT c.incident_id FROM comments c"
        f" JOIN incidents f ON f.id = c.incident_id WHERE {_said(identity)}"
        f" AND {visible}"
    ) + (
        f" UNION ALL SELECT f.id FROM incidents f WHERE f.number = :number"
        f" AND {visible}"
        if words.number is not None
        else ""
    )


def condition(words: Words, identity: Identity) -> str:
    """What an incident `i` must meet to be found."""
    exact = _exact(words, identity)
    if not words.fuzzy:
        return f"i.id IN ({exact})"
    return (
        f"i.id IN (WITH exact AS MATERIALIZED ({exact}) SELECT id FROM exact"
        " UNION ALL SELECT * FROM search_similar(:words, CAST(:searcher AS uuid))"
        " WHERE NOT EXISTS (SELECT FROM exact))"
    )


def ranked(words: Words, identity: Identity, where: str) -> str:
    """Ids and ranks of what was found among the incidents that meet `where`."""
    among = f"incidents i JOIN slas s ON s.incident_id = i.id WHERE {where}"
    in_incidents = (
        f"(SELECT i.id, ts_rank(i.search, search_query(:words)) AS rank FROM {among}"
        f" AND i.search @@ search_query(:words) ORDER BY i.id DESC LIMIT {RANKED})"
    )
    in_comments = (
        "(SELECT c.incident_id, ts_rank(c.search, search_query(:words)) FROM comments c"
        " JOIN incidents i ON i.id = c.incident_id"
        f" JOIN slas s ON s.incident_id = i.id WHERE {where} AND {_said(identity)}"
        f" ORDER BY c.id DESC LIMIT {RANKED})"
    )
    found = [in_incidents, in_comments]
    if words.number is not None:
        found.append(
            f"(SELECT i.id, CAST({_CERTAIN} AS real) FROM {among}"
            " AND i.number = :number)"
        )
    if words.fuzzy:
        found.append(
            f"(SELECT i.id, word_similarity(:words, i.title) FROM {among} AND i.id IN"
            " (SELECT * FROM search_similar(:words, CAST(:searcher AS uuid)))"
            f" AND NOT EXISTS ({_exact(words, identity)}))"
        )
    return (
        "SELECT id, max(rank) AS rank FROM"
        f" ({' UNION ALL '.join(found)}) found GROUP BY id"
    )


def texts(identity: Identity) -> str:
    """Columns of an incident `i` in which a hit may be shown."""
    return (
        "i.description AS searched_description,"
        f" (SELECT c.content FROM comments c WHERE c.incident_id = i.id"
        f" AND {_said(identity)} ORDER BY c.id DESC LIMIT 1) AS searched_comment"
    )


# --- In a text ------------------------------------------------------------------------


def match(
    words: Words, title: str, description: str, comment: str | None
) -> schemas.Match | None:
    """Where most of the words stand; None when it was found for being similar."""
    best: tuple[int, schemas.MatchField, str, list[re.Match[str]]] | None = None
    for field, text in (
        (schemas.MatchField.TITLE, title),
        (schemas.MatchField.DESCRIPTION, description),
        (schemas.MatchField.COMMENT, mentions.plain(comment or "")),
    ):
        hits = _hits(words, text)
        count = len({fold(hit[0]) for hit in hits})
        if count and (best is None or count > best[0]):
            best = count, field, text, hits
    if best is None:
        return None
    _, field, text, hits = best
    return schemas.Match(field, _snippet(text, hits))


def _hits(words: Words, text: str) -> list[re.Match[str]]:
    whole = frozenset(words.words)
    last = words.words[-1] if words.prefix and words.words else None
    found = []
    for candidate in _WORD.finditer(text):
        folded = fold(candidate[0])
        if folded in whole or (last and folded.startswith(last)):
            found.append(candidate)
    return found


def _snippet(text: str, hits: Sequence[re.Match[str]]) -> list[schemas.Piece]:
    """The text around the first hit, cut into what is a hit and what is not."""
    start = max(hits[0].start() - _BEFORE, 0) if len(text) > _LENGTH else 0
    if start:
        start = text.rfind(" ", 0, start) + 1 or start
    end = start + _LENGTH
    pieces = [schemas.Piece("…")] if start else []
    at = start
    for hit in hits:
        if hit.end() > end:
            break
        if hit.start() > at:
            pieces.append(schemas.Piece(text[at : hit.start()]))
        pieces.append(schemas.Piece(hit[0], hit=True))
        at = hit.end()
    if rest := text[at:end]:
        pieces.append(schemas.Piece(rest))
    if end < len(text):
        pieces.append(schemas.Piece("…"))
    return pieces
