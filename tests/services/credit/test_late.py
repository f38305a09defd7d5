"""Documents that come late, through the database: the tables end as if everything had come in its time."""

import random
from datetime import timedelta
from typing import Any

import pytest

from contracts.envelope import Event
from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import DAY, event
from tests.services.credit.live import Live

CUSTOMERS = ("C-1", "C-2", "C-3")
KINDS = ("order.placed", "order.invoiced", "order.invoiced", "payment.received", "order.returned")
BOOKS = {
    "accounts": """SELECT customer_id, open_orders, shipped, invoiced, unapplied, overdue_amount, overdue_items,
                          oldest_overdue, next_due, invoice_at, credit_at FROM accounts ORDER BY 1""",
    "orders": "SELECT order_id, customer_id, status, amount, open, shipped, invoiced FROM orders ORDER BY 1",
    "items": "SELECT invoice_id, amount, open, due_on, overdue FROM items ORDER BY 1",
    "credits": "SELECT credit_id, amount, remaining, intents, at FROM credits ORDER BY 1",
    "allocations": """SELECT credit_id, invoice_id, sum(amount) FROM allocations
                      GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2""",
}


def opening() -> list[Event[Any]]:
    return [
        event("terms.set", -10, f"t-{c}", customer_id=c, limit=None, overdue={}, term_days=10)
        for c in CUSTOMERS
    ]


def history(chance: random.Random, length: int) -> list[Event[Any]]:
    """Documents of a few customers, a minute apart; every id once."""
    events = []
    for number in range(length):
        customer = chance.choice(CUSTOMERS)
        fields: dict[str, Any] = {"customer_id": customer, "amount": f"{chance.randrange(1, 400)}.00"}
        type_ = chance.choice(
            ("order.placed", "order.invoiced", "order.invoiced", "payment.received", "order.returned")
        )
        if type_ == "order.placed":
            fields["order_id"] = f"O-{number}"
        elif type_ == "order.invoiced":
            due = DAY + timedelta(days=chance.randrange(-30, 60))
            fields |= {"invoice_id": f"I-{number}", "order_id": None, "due_on": due}
        elif type_ == "payment.received":
            fields["payment_id"] = f"P-{number}"
            if number and chance.random() < 0.3:
                named = f"I-{chance.randrange(number)}"
                fields["allocations"] = [{"invoice_id": named, "amount": "1.00"}]
        else:
            fields["return_id"] = f"R-{number}"
        events.append(event(type_, number, f"e-{number}", **fields))
    return events


async def books(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {table: [tuple(row) for row in await database.pool.fetch(query)] for table, query in BOOKS.items()}


async def deliver(database: Database, events: list[Event[Any]], chance: random.Random) -> None:
    live = Live(database)
    left = opening() + events
    while left:
        size = chance.randrange(1, 9)
        await live.apply_events(*left[:size])
        left = left[size:]
        if chance.random() < 0.3:
            live.lose_memory()


@pytest.mark.parametrize("seed", range(8))
async def test_the_tables_end_alike(databases: list[Database], seed: int) -> None:
    in_time, out_of_time, _ = databases
    chance = random.Random(seed)
    # A payment may name an invoice of somebody else's, which is nobody's business here: everyone names their own.
    events = history(chance, 40)
    await deliver(in_time, events, chance)
    shuffled = [one for one in events for _ in range(chance.randrange(1, 6))]
    chance.shuffle(shuffled)
    await deliver(out_of_time, shuffled, chance)

    assert await books(out_of_time) == await books(in_time)
    assert await in_time.pool.fetchval("SELECT count(*) FROM journal WHERE kind = 'reallocated'") == 0
    assert await out_of_time.pool.fetchval("SELECT count(*) FROM journal WHERE kind = 'reallocated'") > 0
    for database in databases:
        assert (await verify(database)).problems == []
        assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
