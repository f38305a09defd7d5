"""Documents that come late, through the database: the tables end as if everything had come in its time."""

import random
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from contracts.codec import decode
from contracts.envelope import Event
from services.credit.books import books_hash
from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.live import Live, numbered
from tests.services.credit.memory import Memory
from tests.services.credit.streams import stream

CUSTOMERS = ("C-1", "C-2", "C-3")
KINDS = (
    "order.placed",
    "order.placed",
    "order.amended",
    "order.cancelled",
    "order.shipped",
    "order.invoiced",
    "order.invoiced",
    "order.invoiced",
    "payment.received",
    "payment.received",
    "payment.reversed",
    "order.returned",
    "receivable.written_off",
)


def opening() -> list[Event[Any]]:
    """One customer whose orders are all held, two whose orders are all approved."""
    terms = [
        event("terms.set", -10, f"t-{c}", customer_id=c, limit=None, overdue={}, term_days=10)
        for c in CUSTOMERS
    ]
    return [*terms, event("terms.hold_placed", -9, "hold", customer_id="C-3")]


def history(chance: random.Random, length: int, *, days: bool) -> list[Event[Any]]:
    """Documents of a few customers, a minute apart, each once and none that is refused in its time."""
    memory, events, day = Memory(), [], DAY
    memory.apply(*opening())
    once: set[tuple[str, Any]] = set()
    for number in range(length):
        minute = (day - DAY).days * 1440 + number
        if days and number % 20 == 19:
            day += timedelta(days=chance.randrange(1, 15))
            minute = (day - DAY).days * 1440 + number
            made = [
                event("clock.day_started", minute, f"day-{day}-{p}", day=day, partition=p)
                for p in range(PARTITIONS)
            ]
        else:
            type_, customer = chance.choice(KINDS), chance.choice(CUSTOMERS)
            fields = _fields(chance, type_, customer, number)
            key = (type_, fields.get("order_id") if type_ in ("order.placed", "order.cancelled") else number)
            if fields.get("payment_id") and type_ == "payment.reversed":
                key = (type_, fields["payment_id"])
            if key in once:
                continue
            once.add(key)
            made = [event(type_, minute, f"e-{number}", customer_id=customer, **fields)]
        refused = len(memory.refused)
        memory.apply(*made)
        if len(memory.refused) == refused:
            events += made
    return events


def _fields(chance: random.Random, type_: str, customer: str, number: int) -> dict[str, Any]:
    before = chance.randrange(max(1, number - 25), number + 1) if number else 0
    order = f"{customer}-O-{number // 10}"
    amount = f"{chance.choice((50, 100, 200, chance.randrange(1, 400)))}.00"
    fields: dict[str, Any] = {"amount": amount}
    match type_:
        case "order.placed":
            fields |= {"order_id": order}
        case "order.amended":
            fields |= {"order_id": order, "revision": number + 1}
        case "order.cancelled":
            fields = {"order_id": order}
        case "order.shipped":
            fields |= {"order_id": order, "shipment_id": f"S-{number}"}
        case "order.invoiced":
            due = DAY + timedelta(days=chance.randrange(-30, 60))
            fields |= {
                "invoice_id": f"{customer}-I-{number}",
                "order_id": chance.choice((None, order, order)),
            }
            fields |= {
                "due_on": due,
                "closes_order": fields["order_id"] is not None and chance.random() < 0.2,
            }
        case "payment.received":
            fields["payment_id"] = f"{customer}-P-{number}"
            if chance.random() < 0.3:
                fields["allocations"] = [{"invoice_id": f"{customer}-I-{before}", "amount": "1.00"}]
        case "payment.reversed":
            fields = {"payment_id": f"{customer}-P-{before}"}
        case "order.returned":
            fields["return_id"] = f"R-{number}"
        case "receivable.written_off":
            fields |= {
                "write_off_id": f"W-{number}",
                "invoice_id": f"{customer}-I-{before}",
                "amount": "20.00",
            }
    return fields


async def deliver(database: Database, events: list[Event[Any]], chance: random.Random) -> None:
    live = Live(database)
    left = events
    while left:
        size = chance.randrange(1, 9)
        await live.apply_events(*left[:size])
        left = left[size:]
        if chance.random() < 0.3:
            live.lose_memory()


async def retry_what_was_refused(database: Database, events: list[Event[Any]], chance: random.Random) -> None:
    """As an operator retries dead letters, oldest first, until there are no new ones."""
    left = -1
    while (known := await database.pool.fetchval("SELECT count(*) FROM dead_letters")) and known != left:
        ids = {decode(row["value"]).id for row in await database.pool.fetch("SELECT value FROM dead_letters")}
        await database.pool.execute("DELETE FROM dead_letters")
        await deliver(database, [one for one in events if one.id in ids], chance)
        left = known


@pytest.mark.parametrize("days", [False, True])
@pytest.mark.parametrize("seed", range(6))
async def test_the_tables_end_alike(databases: list[Database], seed: int, days: bool) -> None:
    in_time, out_of_time, _ = databases
    chance = random.Random(seed)
    events = history(chance, 120, days=days)
    await deliver(in_time, opening() + events, chance)
    repeated = [one for one in events for _ in range(chance.randrange(1, 6))]
    shuffled = list(repeated)
    chance.shuffle(shuffled)
    # Days go on one by one, whatever comes in between.
    ticks = iter([one for one in repeated if one.type == "clock.day_started"])
    shuffled = [next(ticks) if one.type == "clock.day_started" else one for one in shuffled]
    await deliver(out_of_time, opening() + shuffled, chance)
    await retry_what_was_refused(out_of_time, events, chance)

    assert await books_hash(out_of_time, booked=not days) == await books_hash(in_time, booked=not days)
    assert await in_time.pool.fetchval("SELECT count(*) FROM journal WHERE kind = 'reallocated'") == 0
    assert await out_of_time.pool.fetchval("SELECT count(*) FROM journal WHERE kind = 'reallocated'") > 0
    for database in databases:
        assert (await verify(database)).problems == []
        assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0


async def test_orders_from_before_are_what_the_migration_makes_of_them(database: Database) -> None:
    live = Live(database)
    records = await numbered(database, stream(9, 1_200, documents=60))
    for start in range(0, len(records), 60):
        await live.apply(records[start : start + 60])
    before = await books_hash(database)
    script = import_module("services.credit.migrations.versions.0012_order_independent")
    await database.pool.execute(
        "UPDATE orders SET cancelled = false, delivered = 0, open = 0, shipped = 0; UPDATE accounts SET open_orders = 0"
    )
    assert await books_hash(database) != before
    await database.pool.execute(script.BACKFILL)
    assert await books_hash(database) == before
    assert (await verify(database)).problems == []
