"""Whole histories through the running system: the receivables are right to the cent, and reproducible to the byte.

Takes minutes, hence ``slow``; needs the public data files, hence ``data``. ``make test-slow`` runs it. Set
``TALLYMAN_HISTORY_UNTIL=2013-03-31`` for a part of it.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from deploy.feed import uci, wwi
from deploy.feed.commands import send
from deploy.feed.data_folder import UCI, data_folder
from deploy.feed.expected_uci import expected_uci
from deploy.feed.expected_wwi import expected_wwi
from deploy.feed.replay import Summary
from deploy.feed.source import Feed
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.credit.hashes import journal_hash, state_hash
from services.credit.rebuild import rebuild
from services.credit.verify import verify
from tests.e2e.system import PARTITIONS, SERVICES, System

pytestmark = [pytest.mark.slow, pytest.mark.data]

UNTIL = (
    date.fromisoformat(os.environ["TALLYMAN_HISTORY_UNTIL"])
    if "TALLYMAN_HISTORY_UNTIL" in os.environ
    else None
)


@dataclass(frozen=True)
class History:
    """A public data set: how to feed it, and what customers must owe at its end."""

    name: str
    needs: str
    feed: Callable[[], Feed]
    expected: Callable[[], pl.DataFrame]


HISTORIES = [
    History(
        "wwi",
        "wwi_sales_orders.parquet",
        lambda: wwi.feed(None, wwi.WwiOptions("bill_to", UNTIL, PARTITIONS)),
        lambda: expected_wwi(data_folder(), UNTIL),
    ),
    History(
        "uci",
        f"{UCI}.parquet",
        lambda: uci.feed(None, uci.UciOptions(30, None, UNTIL, False, PARTITIONS)),
        lambda: expected_uci(data_folder() / f"{UCI}.parquet", UNTIL),
    ),
]


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_whole_history(history: History, tmp_path: Path) -> None:
    if not (data_folder() / history.needs).is_file():
        pytest.skip(
            f"{data_folder() / history.needs} is not there; TALLYMAN_DATA names the folder with the data"
        )
    with ExitStack() as stack:
        postgres = stack.enter_context(LocalPostgres())
        broker = stack.enter_context(TansuBroker())
        asyncio.run(_run(history, postgres, broker, tmp_path))


async def _run(history: History, postgres: LocalPostgres, broker: TansuBroker, folder: Path) -> None:
    console = Console(force_terminal=False, width=120)
    system = System(postgres, broker, f"{history.name}_live", folder)
    await system.prepare()

    with system.serving():
        summary = await send(history.feed(), system.target, console=console)
        await _all_applied(system, summary, 1)
    first = await journal_hash(system.dsn)
    first_state = await state_hash(system.dsn)
    await _check_decisions(system, summary)
    await _check_receivables(system, history.expected())
    await _check_invariants(system)

    rebuilt = await rebuild(system.dsn, "credit_rebuilt")
    assert rebuilt.identical
    assert (rebuilt.journal_hash, rebuilt.state_hash) == (first, first_state)

    again = System(postgres, broker, f"{history.name}_again", folder)
    await again.prepare()
    with again.serving("credit"):
        await again.applied("credit", summary)
    assert await journal_hash(again.dsn) == first
    assert await state_hash(again.dsn) == first_state

    facts = await _facts(system)
    with system.serving():
        await send(history.feed(), system.target, console=console)
        await _all_applied(system, summary, 2)
    assert await journal_hash(system.dsn) == first, "sending everything twice changed the journal"
    assert await state_hash(system.dsn) == first_state
    assert await _facts(system) == facts
    await _check_invariants(system)
    console.print(f"{history.name}: {summary.events:,} events, journal {first}")


async def _all_applied(system: System, summary: Summary, times: int) -> None:
    await system.applied("credit", summary, times)
    for service in SERVICES:
        if service != "credit":
            await system.applied(service, summary, times)
            await system.caught_up_with_credit(service)


async def _check_decisions(system: System, summary: Summary) -> None:
    """Every order of the feed has exactly one effective decision, in the journal and in the order book."""
    orders = summary.by_type["order.placed"]
    (credit,) = await system.fetch(
        "SELECT count(*) AS orders, count(*) FILTER (WHERE version >= 1) AS decided FROM credit.orders"
    )
    assert (credit["orders"], credit["decided"]) == (orders, orders)
    (book,) = await system.fetch(
        "SELECT count(*) AS orders, count(*) FILTER (WHERE decision_version >= 1) AS decided FROM orders.orders"
    )
    assert (book["orders"], book["decided"]) == (orders, orders)


async def _check_receivables(system: System, expected: pl.DataFrame) -> None:
    """What each customer owes, summed from the bodies of the journal, equals the computation from the files."""
    rows = await system.fetch(
        """SELECT customer_id,
                  coalesce(sum((body::jsonb ->> 'amount')::bigint) FILTER (WHERE kind = 'invoiced'), 0)::bigint
                    AS invoiced,
                  coalesce(sum((body::jsonb ->> 'amount')::bigint) FILTER (WHERE kind = 'credit'), 0)::bigint
                    AS credited
           FROM credit.journal WHERE kind IN ('invoiced', 'credit') GROUP BY customer_id"""
    )
    journalled = {row["customer_id"]: row["invoiced"] - row["credited"] for row in rows}
    accounts = await system.fetch("SELECT customer_id, invoiced - unapplied AS balance FROM credit.accounts")
    stored = {row["customer_id"]: row["balance"] for row in accounts}
    wanted = dict(expected.select("customer_id", "balance").iter_rows())
    assert {c: journalled.get(c, 0) for c in wanted} == wanted
    assert {c: stored.get(c, 0) for c in wanted} == wanted
    assert set(journalled) <= set(wanted)


async def _check_invariants(system: System) -> None:
    report = await verify(system.dsn)
    found = {invariant: problems for invariant, problems in report.items() if problems}
    assert not found


async def _facts(system: System) -> list[tuple[object, ...]]:
    rows = await system.fetch("SELECT * FROM insights.customer_months ORDER BY 1, 2, 3")
    return [tuple(row) for row in rows]
