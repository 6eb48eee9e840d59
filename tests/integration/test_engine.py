from __future__ import annotations

from typing import Any

from tests.integration.conftest import Clock, Person
from tracker.sla.jobs import check_sla_breaches


async def test_a_missed_deadline_is_a_breach_stamped_at_the_deadline(
    agent: Person, clock: Clock, jobs: dict[str, Any]
) -> None:
    incident = await agent.create()
    deadline = incident["sla"]["clocks"]["response"]["deadline"]
    clock.advance(hours=1, minutes=7)
    await check_sla_breaches(jobs)
    sla = await agent.data("GET", f"/incidents/{incident['number']}/sla")
    assert sla["status"] == "breached"
    assert sla["clocks"]["response"]["breached_at"] == deadline
    assert sla["clocks"]["resolution"]["status"] == "running"
