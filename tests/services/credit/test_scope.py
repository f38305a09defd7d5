"""Who looks after a customer, kept beside the books for what salespeople may see of them."""

from datetime import date
from importlib import import_module
from itertools import permutations
from typing import Any

from contracts.envelope import Event
from services.kit.database import Database
from tests.services.credit import events as made
from tests.services.credit.live import Live, numbered

UPGRADE = import_module("services.credit.migrations.versions.0013_scope")


def assigned(minute: float, salesperson_id: str, day: int = 1, customer_id: str = "C-1") -> Event[Any]:
    return made.event(
        "customer.assigned",
        minute,
        customer_id=customer_id,
        salesperson_id=salesperson_id,
        from_day=date(2026, 3, day),
    )


async def owners(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.pool.fetch(
        "SELECT customer_id, from_day, salesperson_id FROM customer_owners ORDER BY 1, 2"
    )
    return [tuple(row) for row in rows]


async def test_the_latest_word_about_a_day_holds_in_any_order(database: Database) -> None:
    live = Live(database)
    words = [assigned(1, "S-1"), assigned(2, "S-2"), assigned(3, "S-3", day=9)]
    for order in permutations(words):
        await database.pool.execute("TRUNCATE customer_owners")
        for event in order:
            await live.apply_events(event)
        assert await owners(database) == [("C-1", date(2026, 3, 1), "S-2"), ("C-1", date(2026, 3, 9), "S-3")]
    await database.pool.execute("TRUNCATE customer_owners")
    await live.apply_events(*reversed(words))
    assert await owners(database) == [("C-1", date(2026, 3, 1), "S-2"), ("C-1", date(2026, 3, 9), "S-3")]


async def test_an_upgrade_reads_the_owners_again(database: Database) -> None:
    live = Live(database)
    records = await numbered(
        database,
        [assigned(1, "S-1"), made.event("customer.blacklisted", 2, customer_id="C-1", reason="bounced")],
    )
    await live.apply(records)
    journal = await database.pool.fetch("SELECT * FROM journal ORDER BY customer_id, seq")
    assert journal
    # As the version before left it: the events are applied, and assignments were passed over.
    await database.pool.execute("TRUNCATE customer_owners")
    await live.apply(records)
    assert await owners(database) == []
    await database.pool.execute(UPGRADE.AGAIN)
    live.lose_memory()
    await live.apply(records)
    assert await owners(database) == [("C-1", date(2026, 3, 1), "S-1")]
    assert await database.pool.fetch("SELECT * FROM journal ORDER BY customer_id, seq") == journal
    assert await live.refusals() == []
