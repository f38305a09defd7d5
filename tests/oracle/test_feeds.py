"""The whole service on a real database against the oracle: over a simulated distributor, and over a real wholesaler."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pytest

from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by
from deploy.feed import wwi
from deploy.feed.data_folder import DataMissing
from deploy.feed.simulator import Answer, simulate
from services.credit.rules.entries import Decided, decode_entry
from services.credit.rules.state import Account
from services.credit.store.rows import account_of
from services.credit.verify import verify
from services.kit.database import Database
from tests.oracle.compare import balances, of_account, of_decisions
from tests.oracle.oracle import Customer, Oracle
from tests.services.credit.events import PARTITIONS
from tests.services.credit.live import Live, numbered

BATCH = 500


async def test_a_simulated_distributor(database: Database) -> None:
    oracle = Oracle(PARTITIONS, "CNY")

    def answer(order_id: str) -> Answer:
        made = oracle.decisions.get(order_id)
        return made[-1][0] if made else None  # type: ignore[return-value]

    feed = simulate(7, 60, 75, date(2026, 3, 2), decisions=answer, partitions=PARTITIONS)
    await _compare(database, oracle, list(_told(oracle, feed)), "CNY")
    outcomes = [outcome for made in oracle.decisions.values() for outcome, _, _ in made]
    assert {"approved", "held"} <= set(outcomes)


@pytest.mark.data
async def test_a_real_wholesaler(database: Database) -> None:
    oracle = Oracle(PARTITIONS, wwi.CURRENCY)
    try:
        feed = wwi.feed(options=wwi.WwiOptions(until=date(2013, 1, 18), partitions=PARTITIONS))
        events = list(_told(oracle, feed.events))
    except DataMissing as error:
        pytest.skip(str(error))
    await _compare(database, oracle, events, wwi.CURRENCY)


def _told(oracle: Oracle, events: Iterable[Event[Any]]) -> Iterator[Event[Any]]:
    """Tell the oracle each event before the next is made: the simulator asks it what was decided."""
    for event in events:
        oracle.apply(event)
        if EVENT_TYPES[event.type].TOPIC in consumed_by("credit"):
            yield event


async def _compare(database: Database, oracle: Oracle, events: list[Event[Any]], currency: str) -> None:
    live = Live(database, currency)
    records = await numbered(database, events)
    assert len(records) > 1_000, len(records)
    for start in range(0, len(records), BATCH):
        await live.apply(records[start : start + BATCH])
    assert len(await live.refusals()) == len(oracle.refused)
    assert [str(problem) for problem in (await verify(database)).problems] == []
    assert await _decisions(database) == oracle.decisions
    accounts = await _accounts(database)
    for customer_id, customer in oracle.customers.items():
        expected = balances(customer)
        assert (customer_id, of_account(accounts[customer_id])) == (customer_id, expected)
        assert await _documents(database, customer_id) == _of_oracle(customer)


async def _decisions(database: Database) -> dict[str, list[tuple[str, list[str], int]]]:
    made: dict[str, list[Decided]] = {}
    for row in await database.pool.fetch(
        "SELECT body FROM journal WHERE kind = 'decision' ORDER BY customer_id, seq"
    ):
        entry = decode_entry(row["body"])
        assert isinstance(entry, Decided)
        made.setdefault(entry.order, []).append(entry)
    return {order_id: of_decisions(decisions) for order_id, decisions in made.items()}


async def _accounts(database: Database) -> dict[str, Account]:
    rows = await database.pool.fetch("SELECT * FROM accounts")
    return {row["customer_id"]: account_of(row) for row in rows}


async def _documents(database: Database, customer_id: str) -> dict[str, dict[str, Any]]:
    orders = await database.pool.fetch(
        "SELECT order_id, status FROM orders WHERE customer_id = $1", customer_id
    )
    items = await database.pool.fetch(
        "SELECT invoice_id, open FROM items WHERE customer_id = $1", customer_id
    )
    money = await database.pool.fetch(
        "SELECT credit_id, remaining FROM credits WHERE customer_id = $1", customer_id
    )
    return {
        "orders": dict(map(tuple, orders)),
        "open": dict(map(tuple, items)),
        "left": dict(map(tuple, money)),
    }


def _of_oracle(customer: Customer) -> dict[str, dict[str, Any]]:
    return {
        "orders": {order_id: order["status"] for order_id, order in customer.orders.items()},
        "open": {invoice_id: invoice["open"] for invoice_id, invoice in customer.invoices.items()},
        "left": {credit_id: credit["left"] for credit_id, credit in customer.credits.items()},
    }
