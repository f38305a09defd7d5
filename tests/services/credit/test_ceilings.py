"""Whose ceiling counts, and requests whose time is over."""

from datetime import timedelta
from typing import Any

from services.credit.store.approvals import write_request
from services.credit.store.ceilings import Ceiling, ceiling_of, set_ceiling
from services.credit.verify import verify
from services.kit.database import Database
from services.kit.http.auth import Principal
from tests.services.credit.events import DAY, START, event
from tests.services.credit.live import Live
from tests.services.credit.test_cases import day, told


async def test_whose_ceiling_counts(database: Database) -> None:
    people = {name: Principal(name, "finance") for name in ("li", "wang", "zhao")}

    async def counts(name: str, currency: str = "CNY", role: str = "finance") -> Ceiling:
        principal = people[name] if role == "finance" else Principal(name, "manager")
        async with database.pool.acquire() as connection:
            return await ceiling_of(connection, principal, currency)  # type: ignore[arg-type]

    async def put(
        scope: Any, name: str, amount: int | None, currency: str = "CNY", removed: bool = False
    ) -> None:
        async with database.unit_of_work() as unit:
            await set_ceiling(
                unit.connection, scope, name, currency, amount, removed=removed, reason="", by="m", at=START
            )

    assert await counts("li") == Ceiling(None)
    await put("roles", "finance", 100)
    assert await counts("li") == Ceiling(100)
    assert await counts("li", role="manager") == Ceiling(None)
    assert await counts("li", "USD") == Ceiling(0)
    await put("people", "LI", 500)
    assert (await counts("li"), await counts("wang")) == (Ceiling(500), Ceiling(100))
    assert await counts("li", "USD") == Ceiling(0)
    await put("people", "wang", None)
    assert await counts("wang") == Ceiling(None)
    assert Ceiling(None).covers(None)
    assert not (await counts("li")).covers(None)
    await put("people", "li", None, removed=True)
    assert await counts("li") == Ceiling(100)
    await put("people", "zhao", 0)
    assert not (await counts("zhao")).covers(1)


async def test_a_request_for_a_limit_expires_by_the_clock_when_its_last_day_is_over(
    database: Database,
) -> None:
    live = Live(database)
    customers = ["C-1", "C-2", "C-3"]
    await live.apply_events(*(event("terms.set", 0, customer_id=customer) for customer in customers))
    async with database.unit_of_work() as unit:
        for number, customer in enumerate(customers):
            await write_request(
                unit,
                Principal("li", "finance"),
                "temporary_limit",
                customer,
                order_id=None,
                currency="CNY",
                amount=None,
                request={},
                reason="x",
                by="li",
                at=START,
                until_day=DAY + timedelta(days=1 + number // 2),
            )
    await day(live, 1)
    assert await told(database, "credit.approval_closed") == []
    await day(live, 2)
    closed = await told(database, "credit.approval_closed")
    assert {(c["customer_id"], c["outcome"], c["amount"]) for c in closed} == {
        ("C-1", "expired", None),
        ("C-2", "expired", None),
    }
    assert len(closed) == 2
    states = await database.pool.fetch("SELECT state, closed_at FROM approvals ORDER BY customer_id")
    assert [row["state"] for row in states] == ["expired", "expired", "open"]
    assert states[0]["closed_at"].date() == DAY + timedelta(days=2)
    assert (await verify(database)).problems == []


async def test_a_temporary_limit_ends_by_the_clock_alone(database: Database) -> None:
    """No document arrives: the limit ends, held orders stay held, approved ones stay approved, and the world hears."""
    live = Live(database)
    await live.apply_events(
        event("terms.set", 0, limit="100.00", review_on=DAY + timedelta(days=1)),
        event(
            "terms.temporary_limit_granted",
            1,
            limit="300.00",
            from_day=DAY + timedelta(days=1),
            until_day=DAY + timedelta(days=2),
        ),
        event("order.placed", 2, order_id="O-1", amount="250.00"),
    )
    statuses = "SELECT status FROM orders ORDER BY order_id"
    assert [row["status"] for row in await database.pool.fetch(statuses)] == ["held"]
    await day(live, 1)
    assert [row["status"] for row in await database.pool.fetch(statuses)] == ["approved"]
    await live.apply_events(event("order.placed", 24 * 60, order_id="O-2", amount="60.00"))
    live.lose_memory()
    await day(live, 2)
    assert await database.pool.fetchval("SELECT temporary_until FROM accounts") == DAY + timedelta(days=2)
    await day(live, 3)
    assert await database.pool.fetchval("SELECT temporary_until FROM accounts") is None
    assert [row["status"] for row in await database.pool.fetch(statuses)] == ["approved", "held"]
    last = (await told(database, "credit.exposure_changed"))[-1]
    assert (last["day"], last["limit"], last["exposure"]) == ("2026-03-05", "100.00", "250.00")
    # The review date changes nothing by itself, and is still known.
    assert await database.pool.fetchval("SELECT review_on FROM accounts") == DAY + timedelta(days=1)
    assert (await verify(database)).problems == []
