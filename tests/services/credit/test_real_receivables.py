"""Ageing, calendar, statements and past days of real customers equal what polars computes from the files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from contracts.envelope import Event
from contracts.topics import consumed_by
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from services.credit.api.statement import build_statement
from services.credit.api.statement_answers import StatementLine
from services.credit.queries.ageing import ageing
from services.credit.queries.calendar import due, sums
from services.credit.queries.history import books_at
from services.credit.verify import verify
from services.kit.database import Database
from tests.oracle.oracle import Oracle
from tests.services.credit.events import PARTITIONS
from tests.services.credit.expected_receivables import (
    INVOICES,
    aged,
    around,
    calendar,
    documents_of,
    wwi_documents,
    wwi_invoices,
)
from tests.services.credit.live import Live
from tests.services.credit.semi_synthetic import semi_synthetic

pytestmark = pytest.mark.data

BATCH = 500
AHEAD = 20


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


@dataclass(frozen=True)
class Expected:
    """What polars says: open invoices at the end of a day, and every document."""

    invoices: Callable[[date], pl.DataFrame]
    documents: pl.DataFrame
    days: list[date]


async def imported(database: Database, events: Iterable[Event[Any]], currency: str) -> None:
    """Apply a feed through the rules; nothing may be refused."""
    live = Live(database, currency)
    mine = (event for event in events if event.data.TOPIC in consumed_by("credit"))
    while batch := list(islice(mine, BATCH)):
        await live.apply_events(*batch)
    assert await live.refusals() == []


async def compare(database: Database, expected: Expected) -> int:
    """Compare every day; return how many invoices were open on all of them together."""
    seen = 0
    for day in expected.days:
        invoices = expected.invoices(day)
        seen += len(invoices)
        books = books_at(day)
        first, last = day + timedelta(days=1), day + timedelta(days=AHEAD)
        async with database.engine.connect() as connection:
            rows = (await connection.execute(select(ageing(books)))).mappings().all()
            due_rows = (await connection.execute(select(due(books, first, last, "day")))).mappings().all()
            totals = await sums(connection, books, first, last, None)
        wanted = aged(invoices, day)
        found = pl.DataFrame(
            [{name: row[name] for name in wanted.columns} for row in rows if row["items"]],
            schema=wanted.schema,
        ).sort("customer_id")
        assert found.equals(wanted), day
        balances = {row["customer_id"]: row["receivables"] - row["unapplied"] for row in rows}
        assert {name: net for name, net in balances.items() if net} == _nets(expected.documents, day), day
        days = calendar(invoices, first, last)
        rows_due = [{name: row[name] for name in days.columns} for row in due_rows]
        assert pl.DataFrame(rows_due, schema=days.schema).sort("due_on").equals(days), day
        if totals:
            assert (totals[0].forward, totals[0].within, totals[0].after) == around(invoices, first, last)
    await statements(database, expected)
    assert (await verify(database)).problems == []
    return seen


def _nets(documents: pl.DataFrame, day: date) -> dict[str, int]:
    sums_ = documents.filter(pl.col("day") <= day).group_by("customer_id").agg(pl.sum("amount"))
    return {customer: net for customer, net in sums_.iter_rows() if net}


async def statements(database: Database, expected: Expected) -> None:
    """Compare the statements of the busiest customers and a few others, over a part of the history."""
    last = expected.days[-2]
    # The head office of a chain has more lines in three years than a statement may have.
    first = max(expected.days[1], last - timedelta(days=300))
    counts = expected.documents.group_by("customer_id").len().sort("len", "customer_id", descending=True)
    customers = counts["customer_id"].to_list()
    for customer_id in customers[:8] + customers[8 :: max(1, len(customers) // 12)]:
        mine = expected.documents.filter(pl.col("customer_id") == customer_id)
        async with database.engine.connect() as connection:
            found = await build_statement(connection, customer_id, first, last)
        balance = int(mine.filter(pl.col("day") < first)["amount"].sum())
        assert _minor(found.opening_balance) == balance
        for day in sorted({line.day for line in found.lines}):
            lines = [line for line in found.lines if line.day == day]
            documents = mine.filter(pl.col("day") == day)
            wanted = documents.select("kind", "document_id", "amount").sort("kind", "document_id").rows()
            assert sorted((line.kind, line.document_id, _amount(line)) for line in lines) == wanted
            balance += int(documents["amount"].sum())
            assert _minor(lines[-1].balance) == balance
        assert len(found.lines) == mine.filter(pl.col("day").is_between(first, last)).height
        assert _minor(found.closing_balance) == balance == _minor(found.ageing.net)


def _minor(text: str) -> int:
    return int(Decimal(text) * 100)


def _amount(line: StatementLine) -> int:
    return _minor(line.charged) if line.charged is not None else -_minor(line.credited or "0")


def every(first: date, last: date, days: int) -> list[date]:
    """Days from the day before the first to the last, which are both among them."""
    span = (last - first).days
    return [first + timedelta(days=n) for n in range(-1, span, days)] + [last]


async def wholesaler(database: Database, data: Path, until: date, days: int) -> int:
    feed = wwi.feed(data, wwi.WwiOptions(until=until, partitions=PARTITIONS))
    assert feed.first_day is not None
    await imported(database, feed.events, wwi.CURRENCY)
    expected = Expected(
        lambda day: wwi_invoices(data, day), wwi_documents(data, until), every(feed.first_day, until, days)
    )
    return await compare(database, expected)


async def late_payers(database: Database, data: Path, until: date | None, days: int) -> int:
    """Real orders with drawn delays: which money pays what is the oracle's word, the sums are polars'."""
    events = list(semi_synthetic(data, until, PARTITIONS, seed=20_09))
    await imported(database, events, uci.CURRENCY)
    last = max(event.data.day for event in events if event.type == "clock.day_started")
    wanted = every(date(2009, 12, 1), last, days)
    snapshots = _snapshots(events, set(wanted))
    expected = Expected(
        lambda day: snapshots.get(day, pl.DataFrame(schema=INVOICES)), documents_of(events), wanted
    )
    return await compare(database, expected)


def _snapshots(events: list[Event[Any]], days: set[date]) -> dict[date, pl.DataFrame]:
    oracle, today = Oracle(PARTITIONS, uci.CURRENCY), date.min
    kept: dict[date, pl.DataFrame] = {}
    for event in events:
        if event.type == "clock.day_started" and event.data.day != today:
            if today in days:
                kept[today] = _open_invoices(oracle)
            today = event.data.day
        oracle.apply(event)
    return {**kept, today: _open_invoices(oracle)}


def _open_invoices(oracle: Oracle) -> pl.DataFrame:
    rows = [
        (customer_id, invoice["id"], invoice["open"], invoice["due"], customer.grace_days)
        for customer_id, customer in oracle.customers.items()
        for invoice in customer.owed()
    ]
    return pl.DataFrame(rows, schema=INVOICES, orient="row")


async def test_three_months_of_wide_world_importers(database: Database, data: Path) -> None:
    assert await wholesaler(database, data, date(2013, 3, 31), 8) > 300


async def test_three_months_of_online_retail_paid_late(database: Database, data: Path) -> None:
    assert await late_payers(database, data, date(2010, 2, 28), 8) > 5_000


@pytest.mark.slow
async def test_all_of_wide_world_importers(database: Database, data: Path) -> None:
    assert await wholesaler(database, data, date(2016, 5, 31), 60) > 1_000


@pytest.mark.slow
async def test_all_of_online_retail_paid_late(database: Database, data: Path) -> None:
    assert await late_payers(database, data, None, 30) > 20_000
