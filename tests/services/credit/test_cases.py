"""Deadlines of held orders pass by the clock event of the day, once, and the books say so."""

import json
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from services.credit import verify_sql as sql
from services.credit.rebuild import rebuild
from services.credit.verify import check, verify
from services.kit.database import Database
from tests.services.credit.events import DAY, PARTITIONS, activation, event
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream


async def day(live: Live, days: int) -> None:
    """Let a day begin everywhere, told twice as a second replica's ticker would."""
    at = DAY + timedelta(days=days)
    minute = days * 24 * 60 - 8 * 60
    ticks = [
        event("clock.day_started", minute, f"day-{at}-{place}", day=at, partition=place)
        for place in range(PARTITIONS)
    ]
    await live.apply_events(*ticks, *ticks)


async def told(database: Database, type_: str) -> list[dict[str, Any]]:
    rows = await database.pool.fetch("SELECT value FROM outbox ORDER BY batch_id, position")
    events = [json.loads(row["value"]) for row in rows]
    return [found["data"] for found in events if found["type"] == type_]


async def holds(database: Database, dsn: str) -> None:
    assert [str(problem) for problem in (await verify(database)).problems] == []
    assert (await rebuild(dsn)).differing == ()


@pytest.mark.parametrize("forgetful", [False, True])
async def test_a_deadline_that_passes_escalates_once(
    database: Database, credit_dsn: str, forgetful: bool
) -> None:
    live = Live(database)
    await live.apply_events(event("order.placed", 1), event("order.placed", 2, order_id="O-2"))
    # Monday to Wednesday: the deadline is the end of the second working day.
    for number in range(1, 6):
        if forgetful:
            live.lose_memory()
        if number == 3:
            assert await told(database, "credit.order_escalated") == []
            await live.apply_events(event("order.cancelled", 2 * 24 * 60, order_id="O-2"))
        await day(live, number)
    [escalated] = await told(database, "credit.order_escalated")
    assert escalated | {"reasons": []} == {
        "order_id": "O-1",
        "customer_id": "C-1",
        "currency": "CNY",
        "amount": "100.00",
        "level": 1,
        "missed": (DAY + timedelta(days=2)).isoformat(),
        "due_on": None,
        "reasons": [],
        "journal_seq": escalated["journal_seq"],
    }
    assert [reason["rule"] for reason in escalated["reasons"]] == ["limit"]
    row = await database.pool.fetchrow(
        "SELECT kind, day FROM journal WHERE seq = $1", escalated["journal_seq"]
    )
    assert row is not None
    assert tuple(row) == ("escalated", DAY + timedelta(days=3))
    assert await database.pool.fetchval("SELECT wakes_on FROM accounts") is None
    await holds(database, credit_dsn)


async def set_desk(live: Live, desk: dict[str, Any]) -> None:
    """Let people work on held orders by other rules, everywhere."""
    document = {"company": {"overdue_days": {"max_days": 30}}, "desk": desk}
    await live.apply_events(*(activation(document, -1, partition=place) for place in range(PARTITIONS)))


async def test_it_escalates_as_often_as_the_policy_says(database: Database, credit_dsn: str) -> None:
    desk = {"deadline_days": 1, "escalations": 2, "rest_days": [7], "holidays": ["2026-03-06"]}
    live = Live(database)
    await set_desk(live, desk)
    await day(live, 3)
    await live.apply_events(event("order.placed", 3 * 24 * 60))
    # Held on Thursday; Friday is a holiday and Sunday is not worked on.
    for number in range(4, 12):
        await day(live, number)
    found = [(e["level"], e["missed"], e["due_on"]) for e in await told(database, "credit.order_escalated")]
    assert found == [(1, "2026-03-07", "2026-03-09"), (2, "2026-03-09", None)]
    await holds(database, credit_dsn)


async def test_days_that_were_missed_escalate_on_the_first_one_that_comes(
    database: Database, credit_dsn: str
) -> None:
    live = Live(database)
    await live.apply_events(event("order.placed", 1))
    await day(live, 30)
    [escalated] = await told(database, "credit.order_escalated")
    assert escalated["missed"] == (DAY + timedelta(days=2)).isoformat()
    await holds(database, credit_dsn)


async def test_an_amended_order_keeps_its_deadline(database: Database) -> None:
    live = Live(database)
    await live.apply_events(event("order.placed", 1))
    await day(live, 1)
    await live.apply_events(event("order.amended", 24 * 60, amount="200.00"))
    assert await database.pool.fetchval("SELECT due_on FROM cases") == DAY + timedelta(days=2)
    held = await told(database, "credit.order_held")
    assert [found["due_on"] for found in held] == ["2026-03-04"] * 2


async def test_there_is_one_case_per_held_order_whatever_happens(database: Database, credit_dsn: str) -> None:
    live = Live(database)
    records = await numbered(database, stream(7, 1_200, documents=60))
    for start in range(0, len(records), 60):
        await live.apply(records[start : start + 60])
    kinds = {row["kind"] for row in await database.pool.fetch("SELECT DISTINCT kind FROM journal")}
    assert "escalated" in kinds
    assert await database.pool.fetchval("SELECT count(*) FROM cases") > 3
    await holds(database, credit_dsn)


async def test_a_release_that_sticks_survives_a_restart(database: Database, credit_dsn: str) -> None:
    live = Live(database)
    await set_desk(live, {"growth_percent": 10, "growth_days": 3})
    for moment, happened in enumerate(
        (
            event("order.placed", 1),
            event("terms.order_release_ruled", 2, by="li"),
            event("order.amended", 3, amount="110.00"),
            event("order.amended", 4, amount="110.01", revision=2),
        )
    ):
        live.lose_memory()
        await live.apply_events(happened)
        overrides = await database.pool.fetch("SELECT amount, by FROM overrides")
        assert [tuple(row) for row in overrides] == ([(10_000, "li")] if moment in (1, 2) else [])
        await holds(database, credit_dsn)
    bodies = await database.pool.fetch("SELECT body::json ->> 'outcome' AS o FROM journal ORDER BY seq")
    assert [row["o"] for row in bodies] == ["held", "approved", "approved", "held"]


DAMAGES = {
    "a lost case": ("DELETE FROM cases", sql.ONE_CASE),
    "a case of nothing": ("INSERT INTO cases VALUES ('O-9', 'C-1', 1, now(), NULL, 0)", sql.ONE_CASE),
    "an owner of nothing": ("INSERT INTO case_owners VALUES ('O-1', 99, 'li', now())", sql.ONE_CASE),
    "another deadline": ("UPDATE cases SET due_on = due_on + 1", "I1 the fold"),
    "an escalation nobody asked for": ("UPDATE cases SET level = 1", "I1 the fold"),
    "a request that outlived its order": (
        """INSERT INTO approvals (approval_id, kind, state, customer_id, order_id, currency, request, reason,
                                  requested_by, requester, requested_at)
           VALUES ('a', 'release', 'open', 'C-1', 'O-7', 'CNY', '{}', 'x', 'li', 'li', now())""",
        sql.ONE_CASE,
    ),
    "an approval of one's own": (
        """INSERT INTO approvals (approval_id, kind, state, customer_id, order_id, currency, request, reason,
                                  requested_by, requester, requested_at, closed_by)
           VALUES ('a', 'release', 'approved', 'C-1', 'O-7', 'CNY', '{}', 'x', 'li', 'li', now(), 'Li')""",
        sql.TWO_PEOPLE,
    ),
}


async def test_damage_to_cases_is_found(database: Database) -> None:
    await Live(database).apply_events(event("order.placed", 1))
    for damage, (statement, invariant) in DAMAGES.items():
        async with database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(statement)
            problems = (await check(connection)).problems  # type: ignore[arg-type]
            await transaction.rollback()
        assert any(problem.invariant.startswith(invariant) for problem in problems), damage
    assert (await verify(database)).problems == []


async def test_orders_held_before_there_were_cases_get_one(database: Database) -> None:
    """What the migration writes is what the journal says, deadlines aside: an old journal promised none."""
    live = Live(database)
    records = await numbered(database, stream(8, 1_200, documents=200))
    for start in range(0, len(records), 60):
        await live.apply(records[start : start + 60])
    last = 3_000_000
    await live.apply_events(
        event("order.placed", last, order_id="O-hand", customer_id="C-9"),
        event("terms.order_release_ruled", last + 1, order_id="O-hand", customer_id="C-9"),
        event("order.placed", last + 2, order_id="O-again", customer_id="C-8", amount="9.00"),
        event("terms.set", last + 3, customer_id="C-8", limit="10.00"),
        event("order.amended", last + 4, order_id="O-again", customer_id="C-8", amount="11.00"),
        event("order.amended", last + 5, order_id="O-again", customer_id="C-8", amount="12.00", revision=2),
    )
    columns = {
        "cases": "order_id, customer_id, opened_seq, opened_on",
        "overrides": 'order_id, customer_id, amount, day, "by"',
    }
    queries = [f"SELECT {names} FROM {table} ORDER BY 1" for table, names in columns.items()]
    before = [await database.pool.fetch(query) for query in queries]
    assert all(before)
    await database.pool.execute("DELETE FROM cases; DELETE FROM overrides")
    script = import_module("services.credit.migrations.versions.0006_desk")
    await database.pool.execute(script.BACKFILL)
    assert [await database.pool.fetch(query) for query in queries] == before
