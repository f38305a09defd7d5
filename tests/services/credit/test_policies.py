"""A version of the policy comes into force at one point of each partition's stream, live and when it is read again."""

import importlib
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from contracts.envelope import Event
from services.credit.hashes import journal_hash, state_hash
from services.credit.rebuild import rebuild
from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import DAY, PARTITIONS, activation, event, partition
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream

OFF = {"company": {"limit": {"active": False}}}
HERE = partition("C-1")
THERE = next(f"C-{n}" for n in range(100) if partition(f"C-{n}") != HERE)


def tick(days: int, minute: float, place: int = HERE) -> Event[Any]:
    return event(
        "clock.day_started", minute, f"day-{days}-{place}", day=DAY + timedelta(days=days), partition=place
    )


async def statuses(database: Database) -> dict[str, tuple[str, int]]:
    """Status and policy version of each order's decision in force."""
    rows = await database.pool.fetch(
        """SELECT o.order_id, o.status, (j.body::json ->> 'policy')::int AS policy FROM orders o
           JOIN journal j ON j.customer_id = o.customer_id AND j.seq = o.decision_seq"""
    )
    return {row["order_id"]: (row["status"], row["policy"]) for row in rows}


async def test_an_activation_releases_what_now_passes_on_its_partition_only(database: Database) -> None:
    live = Live(database)
    await live.apply_events(
        event("order.placed", 1),
        event("order.placed", 2, order_id="O-2", customer_id=THERE),
        event("terms.hold_placed", 3, customer_id="C-1"),
    )
    live.lose_memory()
    await live.apply_events(event("terms.hold_lifted", 4), activation(OFF, 5, partition=HERE))
    assert await statuses(database) == {"O-1": ("approved", 2), "O-2": ("held", 1)}
    await live.apply_events(event("order.placed", 6, order_id="O-3"))
    await live.apply_events(event("order.placed", 6, order_id="O-4", customer_id=THERE))
    assert await statuses(database) == {
        "O-1": ("approved", 2),
        "O-2": ("held", 1),
        "O-3": ("approved", 2),
        "O-4": ("held", 1),
    }
    assert await live.refusals() == []
    assert (await verify(database)).problems == []


async def test_it_releases_in_the_order_of_the_policy_and_never_past_the_limit(database: Database) -> None:
    live = Live(database)
    first = {"company": {"manual_hold": {"active": True}}}
    await live.apply_events(
        event("terms.set", 0, limit="250.00"),
        event("terms.hold_placed", 1),
        *(
            event("order.placed", 2 + n, order_id=f"O-{n}", amount=amount)
            for n, amount in enumerate(("200.00", "150.00", "90.00"))
        ),
        activation(first, 8, partition=HERE, version=3),
    )
    assert {status for status, _ in (await statuses(database)).values()} == {"held"}
    second = {"release_order": "smallest", "company": {"manual_hold": {"active": False}}}
    await live.apply_events(activation(second, 9, partition=HERE))
    assert await statuses(database) == {
        "O-0": ("held", 1),
        "O-1": ("approved", 2),
        "O-2": ("approved", 2),
    }


async def test_it_waits_for_its_day_and_comes_into_force_with_it(database: Database) -> None:
    live = Live(database)
    await live.apply_events(
        tick(0, 0),
        event("order.placed", 1),
        activation(OFF, 2, partition=HERE, from_day=DAY + timedelta(days=2)),
    )
    await live.apply_events(event("order.placed", 3, order_id="O-2"), tick(1, 1440))
    assert await statuses(database) == {"O-1": ("held", 1), "O-2": ("held", 1)}
    live.lose_memory()
    await live.apply_events(tick(2, 2880), event("order.placed", 2881, order_id="O-3"))
    assert await statuses(database) == dict.fromkeys(("O-1", "O-2", "O-3"), ("approved", 2))
    entry = await database.pool.fetchval(
        "SELECT body FROM journal WHERE kind = 'decision' ORDER BY seq DESC OFFSET 1"
    )
    assert '"trigger":"policy 2 in force"' in entry
    assert (await verify(database)).problems == []


async def test_the_last_to_come_into_force_stays(database: Database) -> None:
    live = Live(database)
    on: dict[str, Any] = {"company": {}}
    await live.apply_events(
        tick(0, 0),
        activation(OFF, 1, partition=HERE, version=2, from_day=DAY + timedelta(days=5)),
        activation(on, 2, partition=HERE, version=3, from_day=DAY + timedelta(days=5)),
        activation(OFF, 3, partition=HERE, version=4, from_day=DAY + timedelta(days=3)),
    )
    await live.apply_events(tick(6, 6 * 1440), event("order.placed", 6 * 1440 + 1))
    rows = await database.pool.fetch("SELECT version, turn FROM partition_policies ORDER BY turn")
    assert [tuple(row) for row in rows] == [(4, 1), (2, 2), (3, 3)]
    assert await statuses(database) == {"O-1": ("held", 3)}


async def test_an_activation_that_comes_again_changes_nothing(database: Database) -> None:
    live = Live(database)
    await live.apply_events(event("order.placed", 1), activation(OFF, 2, partition=HERE))
    before = await journal_hash(database), await state_hash(database)
    await live.apply_events(activation(OFF, 2, partition=HERE))
    assert (await journal_hash(database), await state_hash(database)) == before
    assert await database.pool.fetchval("SELECT count(*) FROM partition_policies") == 1


async def test_a_draft_of_the_same_number_gives_way_to_what_was_activated(database: Database) -> None:
    await database.pool.execute("""INSERT INTO policies (version, body) VALUES (2, '{"company": {}}')""")
    live = Live(database)
    await live.apply_events(activation(OFF, 2, partition=HERE), event("order.placed", 3))
    assert await statuses(database) == {"O-1": ("approved", 2)}
    live.lose_memory()
    await live.apply_events(event("order.placed", 4, order_id="O-2"))
    assert (await statuses(database))["O-2"] == ("approved", 2)


POLICIES: list[dict[str, Any]] = [
    {"company": {"overdue_items": {"max_items": 0}, "term_change": {"active": True}}},
    {
        "release_order": "smallest",
        "company": {"payment_behaviour": {"active": True, "max_average_days": 3}, "limit": {"active": False}},
        "risk_classes": [{"risk_class": "B", "rules": {"manual_hold": {"active": False}}}],
    },
    {
        "release_order": "promised",
        "company": {"overdue_share": {"active": True, "max_percent": 50}},
        "customers": [{"customer_id": "C-2", "rules": {"limit": {"active": False}}}],
    },
]


def with_policies(seed: int, length: int) -> Iterator[Event[Any]]:
    """A stream in which the policy changes now and then, everywhere, at once or some days ahead."""
    random, version, day = Random(seed), 2, DAY
    for number, happened in enumerate(stream(seed, length)):
        yield happened
        if happened.type == "clock.day_started":
            day = happened.data.day
        if number % 40 == 20:
            policy, ahead = POLICIES[version % len(POLICIES)], random.choice((0, 0, 3))
            minute = (day - DAY).days * 1440 + number / 1000
            for place in range(PARTITIONS):
                yield activation(
                    policy, minute, version=version, partition=place, from_day=day + timedelta(days=ahead)
                )
            version += 1


@pytest.mark.parametrize("seed", [21, 22])
async def test_reading_everything_again_into_an_empty_database_gives_the_same(
    databases: list[Database], seed: int
) -> None:
    found = []
    for number, database in enumerate(databases):
        live, random = Live(database), Random(number)
        records = await numbered(database, with_policies(seed, 400))
        while records:
            size = 1 if number == 0 else random.choice((1, 3, 20, 100))
            await live.apply(records[:size])
            records = records[size:]
            if random.random() < 0.2:
                live.lose_memory()
        assert [str(problem) for problem in (await verify(database)).problems] == []
        turns = await database.pool.fetch("SELECT * FROM partition_policies ORDER BY partition, version")
        found.append(
            (await journal_hash(database), await state_hash(database), [tuple(row) for row in turns])
        )
        released = await database.pool.fetchval("SELECT count(*) FROM journal WHERE body LIKE '%in force%'")
        assert released > 1
    assert found[1:] == [found[0]] * 2


async def test_a_rebuild_knows_the_rules_figures(database: Database, credit_dsn: str) -> None:
    await Live(database).apply(await numbered(database, with_policies(23, 500)))
    figures = await database.pool.fetchrow("SELECT sum(settled_items), sum(settled_days_late) FROM accounts")
    assert figures is not None
    assert min(figures) > 0
    rebuilt = await rebuild(credit_dsn, "rebuilt")
    assert rebuilt.identical
    assert await database.pool.fetchval("SELECT count(*) FROM rebuilt.partition_policies") > PARTITIONS


async def test_an_upgrade_finds_out_how_customers_have_paid(database: Database, credit_dsn: str) -> None:
    await Live(database).apply(await numbered(database, with_policies(24, 500)))
    migration = importlib.import_module("services.credit.migrations.versions.0007_policies")
    await database.pool.execute("UPDATE items SET settled_on = NULL; UPDATE accounts SET settled_items = 0")
    assert (await rebuild(credit_dsn)).differing == ("accounts", "items")
    await database.pool.execute(migration.BACKFILL)
    assert (await rebuild(credit_dsn)).identical
