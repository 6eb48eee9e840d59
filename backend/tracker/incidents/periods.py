"""Stretches of time as people ask for them: `today`, `7d`, `2026-11-01..2026-11-23`."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

HINT = (
    "use today, yesterday, a span such as 24h, 7d or 2w, a day such as 2026-11-23, or"
    " two days with .. between them"
)

_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([1-9]\d{0,3})([hdw])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAYS_AGO = {"today": 0, "yesterday": 1}


@dataclass(frozen=True)
class Period:
    """A stretch of time, either up to now or of whole days.

    Attributes:
        last: It began this long ago, and lasts until now.
        first: Its first day, or how many days ago that was; None is the beginning.
        final: Its final day, which belongs to it; None is no end.
    """

    last: dt.timedelta | None = None
    first: dt.date | int | None = None
    final: dt.date | int | None = None


def parse(text: str) -> Period:
    """The period that a text names.

    Raises:
        ValueError: It names none.
    """
    text = text.strip().lower()
    if text in _DAYS_AGO:
        return Period(first=_DAYS_AGO[text], final=_DAYS_AGO[text])
    if span := _SPAN.fullmatch(text):
        return Period(last=dt.timedelta(**{_UNITS[span[2]]: int(span[1])}))
    begin, dots, end = text.partition("..")
    if not dots:
        end = begin
    first, final = _day(begin), _day(end)
    if (first is None and final is None) or (first and final and first > final):
        raise ValueError(f"“{text}” is no stretch of time")
    return Period(first=first, final=final)


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"“{text}” is no day")
