"""Documents in several currencies through the database: tables, verification, rebuild, past days and late documents."""

import random
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from sqlalchemy import select

from contracts.envelope import Event
from services.credit.queries.exposure import exposures_at
from services.credit.rebuild import rebuild
from services.credit.rules.worth import worth
from services.credit.verify import verify
from services.kit.database import Database
from tests.services.credit.events import DAY, PARTITIONS, event
from tests.services.credit.live import Live
from tests.services.credit.test_late import CUSTOMERS, deliver

RATES = {"CNY": (None,), "USD": ("7.1234", "7.0", "7.25"), "JPY": ("0.0485", "0.05"), "KWD": ("23.4567",)}
DECIMALS = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}


def history(chance: random.Random, length: int) -> list[Event[Any]]:
    """Documents in several currencies, a minute apart; every id once."""
    events = []
    for number in range(length):
        currency = chance.choice(("CNY", "USD", "USD", "JPY", "KWD"))
        minor = chance.randrange(1, 40_000)
        fields: dict[str, Any] = {
            "customer_id": chance.choice(CUSTOMERS),
            "currency": currency,
            "amount": f"{Decimal(minor).scaleb(-DECIMALS[currency]):f}",
            "exchange_rate": chance.choice(RATES[currency]),
        }
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
        else:
            fields["return_id"] = f"R-{number}"
        events.append(event(type_, number, f"e-{number}", **fields))
    return events


def _unlimited() -> list[Event[Any]]:
    return [
        event("terms.set", -10, f"t-{c}", customer_id=c, limit=None, overdue={}, term_days=10)
        for c in CUSTOMERS
    ]


def fen(amount: str, rate: str | None) -> int:
    exact = Decimal(amount) * Decimal(rate or "1")
    return int(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN).scaleb(2))


def owed(events: list[Event[Any]], customer: str) -> int:
    """What a customer's documents are worth at their own rates."""
    sign = {"order.placed": 1, "order.invoiced": 1, "payment.received": -1, "order.returned": -1}
    mine = [one for one in events if one.key == customer]
    return sum(sign[one.type] * fen(one.data.amount, one.data.exchange_rate) for one in mine)


async def test_the_database_rounds_as_the_rules_do(database: Database) -> None:
    chance = random.Random(1)
    for _ in range(300):
        minor = chance.randrange(10 ** chance.randrange(1, 15))
        factor = chance.choice(("0.5", "0.05", "2.5", "7.1234", "0.04825", "14.123456789", "1", ""))
        assert await database.pool.fetchval("SELECT worth($1, $2)", minor, factor) == worth(minor, factor)


@pytest.mark.parametrize("seed", range(6))
async def test_the_tables_end_alike_and_are_what_the_documents_are_worth(
    databases: list[Database], seed: int
) -> None:
    in_time, out_of_time, _ = databases
    chance = random.Random(seed)
    events = history(chance, 40)
    await deliver(in_time, [*_unlimited(), *events], chance)
    shuffled = [one for one in events for _ in range(chance.randrange(1, 4))]
    chance.shuffle(shuffled)
    await deliver(out_of_time, [*_unlimited(), *shuffled], chance)
    for table, query in _BOOKS.items():
        expected = [tuple(row) for row in await in_time.pool.fetch(query)]
        assert [tuple(row) for row in await out_of_time.pool.fetch(query)] == expected, table
    for database in (in_time, out_of_time):
        assert (await verify(database)).problems == []
        assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == 0
        for customer, exposure, exchange in await database.pool.fetch(_EXPOSURES):
            assert exposure == owed(events, customer) - exchange


_BOOKS = {
    "accounts": """SELECT customer_id, open_orders, shipped, invoiced, unapplied, overdue_amount, overdue_items,
                          oldest_overdue, next_due, invoice_at, credit_at FROM accounts ORDER BY 1""",
    "orders": "SELECT order_id, customer_id, status, amount, open, shipped, invoiced FROM orders ORDER BY 1",
    "items": "SELECT invoice_id, amount, open, due_on, overdue FROM items ORDER BY 1",
    "credits": "SELECT credit_id, amount, remaining, intents, at FROM credits ORDER BY 1",
    "allocations": """SELECT credit_id, invoice_id, sum(amount) FROM allocations
                      GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY 1, 2""",
    "rates": "SELECT credit_id, own_currency, own_amount, factor, exchange FROM credits ORDER BY 1",
    "invoices": "SELECT invoice_id, own_currency, own_amount, factor FROM items ORDER BY 1",
    "ordered": "SELECT order_id, currency, amount, factor FROM orders ORDER BY 1",
}
_EXPOSURES = """SELECT a.customer_id, open_orders + shipped + invoiced - unapplied, coalesce(e.exchange, 0)
FROM accounts a LEFT JOIN (SELECT customer_id, sum(exchange)::bigint AS exchange FROM credits GROUP BY 1) e
    USING (customer_id)"""


async def test_it_is_rebuilt_bit_for_bit_and_a_forged_rate_is_found(
    database: Database, credit_dsn: str
) -> None:
    live = Live(database)
    await live.apply_events(
        event("terms.set", -10, limit=None, overdue={}),
        event("payment.received", 1, currency="USD", amount="120.00", exchange_rate="7.2"),
        event("order.placed", 2, currency="USD", amount="300.00", exchange_rate="7.15"),
        event("order.invoiced", 3, currency="USD", amount="100.00", exchange_rate="7.1"),
        event("order.returned", 4, currency="USD", amount="10.00", exchange_rate="7.3"),
    )
    assert (await rebuild(credit_dsn)).identical
    assert (await verify(database)).problems == []
    await database.pool.execute("UPDATE items SET factor = '7.2'")
    await database.pool.execute("UPDATE credits SET exchange = exchange + 1 WHERE credit_id = 'payment:P-1'")
    found = {problem.subject for problem in (await verify(database)).problems}
    assert {"invoice I-1", "credit payment:P-1"} <= found


async def test_a_past_day_is_as_it_was(database: Database) -> None:
    """Every day's exposure by category is noted as it passes and asked for again afterwards."""
    chance, live, noted = random.Random(5), Live(database), {}
    events = history(chance, 40)
    await live.apply_events(
        *(event("terms.set", -10, f"t-{c}", customer_id=c, limit=None, overdue={}) for c in CUSTOMERS)
    )
    query = "SELECT customer_id, open_orders, shipped, invoiced, unapplied FROM accounts ORDER BY 1"
    for number in range(8):
        day = DAY + timedelta(days=number)
        ticks = [
            event("clock.day_started", number, f"day-{number}-{p}", day=day, partition=p)
            for p in range(PARTITIONS)
        ]
        await live.apply_events(*ticks, *events[number * 5 : number * 5 + 5])
        noted[day] = [tuple(row) for row in await database.pool.fetch(query)]
    for day, expected in noted.items():
        rows = exposures_at(day).subquery()
        async with database.engine.connect() as connection:
            c = rows.c
            found = await connection.execute(
                select(c.customer_id, c.open_orders, c.shipped, c.invoiced, c.unapplied).order_by(
                    c.customer_id
                )
            )
            assert [tuple(row) for row in found] == expected, day
