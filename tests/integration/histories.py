"""What tests of the clock ask of an incident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

from tests.integration.conftest import Person

RunSql = Callable[..., Awaitable[Any]]


async def sla_of(person: Person, incident: dict[str, Any]) -> Any:
    """The clocks as the API shows them."""
    return await person.data("GET", f"/incidents/{incident['id']}/sla")


async def ledger_of(run_sql: RunSql, incident: dict[str, Any]) -> list[Any]:
    """The ledger as it is stored, in its order."""
    return list(
        await run_sql(
            "SELECT type, at, level, data, actor_id FROM sla_ledger"
            " WHERE incident_id = :id ORDER BY seq",
            id=incident["id"],
        )
    )


def instant(text: str) -> dt.datetime:
    """The instant that the API wrote."""
    return dt.datetime.fromisoformat(text)
