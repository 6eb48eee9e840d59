"""Single statements straight through the driver, on connections that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from tracker.db import Database

ECHO = "SELECT CAST(:value AS numeric) AS found"


@pytest.mark.parametrize("value", [1, None, 70_000, 2**40, 2**70, 1.5])
async def test_a_statement_is_answered_whatever_it_was_given_before(
    db: Database, value: Any
) -> None:
    for given in (3, value, 3, value):
        [row] = await db.direct.fetch(ECHO, {"value": given})
        assert row.found == given


async def test_more_statements_than_are_kept_go_on_being_answered(
    db: Database,
) -> None:
    for _ in range(2):
        for number in range(30):
            [row] = await db.direct.fetch(
                f"SELECT {number} AS a{number}, CAST(:word AS text) AS b",
                {"word": "so"},
            )
            assert row == (number, "so")
            assert row._fields == (f"a{number}", "b")


async def test_after_a_refusal_the_same_statement_is_answered(db: Database) -> None:
    statement = "SELECT 1 / CAST(:by AS integer) AS found"
    with pytest.raises(DBAPIError, match="division by zero"):
        await db.direct.fetch(statement, {"by": 0})
    [row] = await db.direct.fetch(statement, {"by": 1})
    assert row.found == 1


async def test_json_is_read_as_it_was_written(db: Database) -> None:
    [row] = await db.direct.fetch(
        """SELECT CAST('{"a": [1, 1.5, null, "ä"]}' AS jsonb) AS found""", {}
    )
    assert row.found == {"a": [1, 1.5, None, "ä"]}
