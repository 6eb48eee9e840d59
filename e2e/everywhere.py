"""Every page of the product, with something on it to see."""

from __future__ import annotations

import datetime as dt

from e2e.product import Product, Staff

STRANGER = ("/sign-in", "/forgot-password", "/reset-password?token=anything")

# A title as long as allowed, with text from right to left in it.
LONG_TITLE = (
    "Gateway answers with 502 تعذر الاتصال بالخادم to every second request of the "
    "mobile app since the update of the night, also after two restarts; rolled back "
    "in Lisbon, Oslo and Pune with no effect"
)


async def furnish(product: Product, staff: Staff) -> list[str]:
    """Make an incident with a story; gives the path of each page, as administrator."""
    incident = await staff.reporter.create(
        LONG_TITLE,
        description="Since 06:10 UTC.\n\nThe load balancer sees both nodes healthy.",
        priority="high",
        tags=[
            "gateway",
            "mobile-app",
            "a-rather-long-tag-of-fifty-characters-at-the-most",
        ],
    )
    path = f"/incidents/{incident['id']}"
    agent = staff.agent
    await agent.data("PATCH", path, {"assignee_id": agent.id, "priority": "critical"})
    for content, internal in (
        ("We are looking at it.", False),
        ("Same pattern as in March: the connection pool.", True),
    ):
        comment = {"content": content, "is_internal": internal}
        await agent.data("POST", f"{path}/comments", comment)
    files = {"file": ("gateway.log", b"502 Bad Gateway\n" * 4000)}
    answer = await agent.ask("POST", f"{path}/attachments", files=files)
    assert answer.is_success, answer.text
    pause = {"reason": "awaiting_third_party", "note": "Vendor case 4711"}
    await agent.data("PATCH", f"/slas/{incident['sla']['id']}/pause", pause)
    team = {"name": "Networks", "member_ids": [agent.id, staff.colleague.id]}
    await staff.manager.ask("POST", "/teams", json=team)
    customer = {"name": "Bergmann Logistics"}
    await staff.manager.ask("POST", "/organizations", json=customer)
    begins = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    window = {
        "name": "Replacement of the load balancer",
        "note": "Both nodes are offline for some minutes.",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + dt.timedelta(hours=2)).isoformat(),
        "match": {"tags": ["gateway"]},
    }
    await staff.manager.data("POST", "/maintenance-windows", window)
    policy = (await staff.manager.data("GET", "/sla-policies"))["items"][0]
    number = incident["number"]
    return [
        "/incidents",
        f"/incidents?open={number}",
        "/incidents?q=nothing-at-all",
        f"/incidents/{number}",
        f"/incidents/{number}/why",
        "/users",
        "/teams",
        "/policies",
        "/policies/new",
        f"/policies/{policy['id']}",
        f"/policies/{policy['id']}?tab=backtest",
        f"/policies/{policy['id']}?tab=apply",
        f"/policies/{policy['id']}?tab=history",
        "/calendars",
        "/calendars/new",
        "/deliveries",
        "/tokens",
        "/profile",
        "/notifications",
        "/notifications/preferences",
        "/organizations",
        "/maintenance-windows",
        "/pause-reasons",
        "/late-pauses",
        "/engine",
        "/audit-log",
        "/getting-started",
        "/no-such-page",
    ]
