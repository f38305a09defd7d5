"""Dry runs over HTTP for hundreds of real customers: would it pass, how much would, and what to pay so that it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from contracts.envelope import Event
from contracts.money import decimal_string, minor_units
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.credit.app import service
from services.kit.database import Database
from services.kit.http.app import create_app
from tests.services.credit.api.conftest import KEYS, installed
from tests.services.credit.events import PARTITIONS
from tests.services.credit.expected_decisions import DELIVERED
from tests.services.credit.feed_books import Books, books_of, with_terms
from tests.services.credit.plain_to_pay import Standing, TooLarge, above
from tests.services.credit.semi_synthetic import semi_synthetic
from tests.services.credit.test_real_back_tests import decided
from tests.services.credit.test_real_receivables import imported
from tests.waiting import until

pytestmark = pytest.mark.data

CUSTOMERS = 400


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


@asynccontextmanager
async def replayed(
    postgres: LocalPostgres, broker: TansuBroker, template: str, events: list[Event[Any]], currency: str
) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    """A service that has a feed behind it."""
    app = create_app(service, await installed(postgres, broker, template, currency=currency))
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {KEYS['finance']}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://tallyman.test", headers=headers) as client,
    ):

        async def ready() -> bool:
            return (await client.get("/ready")).status_code == 200

        await until(ready)
        database: Database = app.state.runtime.database
        await imported(database, events, currency)
        yield client, database


def standings(books: Books, recorded: pl.DataFrame, approved: pl.DataFrame, day: date) -> dict[str, Standing]:
    """Every account at the end of the feed."""
    orders = books.orders.filter(pl.col("invoiced_at").is_null())
    reserved = orders.join(approved.select("order_id"), on="order_id")
    waiting = orders.join(approved.select("order_id"), on="order_id", how="anti").sort("number")
    assert waiting.join(recorded, on="order_id").filter(pl.col("outcome") != "held").is_empty()
    exposure = dict(
        pl.concat([books.moves, reserved.select(books.moves.columns)])
        .group_by("customer_id")
        .agg(pl.sum("amount"))
        .iter_rows()
    )
    queues = dict(waiting.group_by("customer_id", maintain_order=True).agg("amount").iter_rows())
    late = (pl.lit(day) - pl.col("due_on")).dt.total_days()
    invoices = dict(
        books.pieces.filter(pl.col("end").is_null(), pl.col("open") > 0)
        .join(books.terms, on="customer_id")
        .select(
            "customer_id", pl.struct("open", late.alias("late"), (late > pl.col("grace")).alias("overdue"))
        )
        .group_by("customer_id")
        .agg("open")
        .iter_rows()
    )
    found = {}
    for terms in books.terms.iter_rows(named=True):
        customer_id, single = terms["customer_id"], terms["single"]
        found[customer_id] = Standing(
            exposure.get(customer_id, 0),
            terms["limit"],
            single,
            terms["max_amount"],
            terms["max_days"] if terms["own"] else DELIVERED.days,
            terms["max_items"],
            [tuple(invoice.values()) for invoice in invoices.get(customer_id, ())],
            [amount for amount in queues.get(customer_id, ()) if not above(amount, single)],
        )
    return found


def questions(standing: Standing) -> set[int]:
    """A small order, and one for which a good part of what is owed has to be paid."""
    owed = sum(open_ for open_, _, _ in standing.invoices)
    spare = 0 if standing.limit is None else max(0, standing.limit - standing.exposure)
    return {10_00, spare + owed // 3 + 1}


async def compare(
    client: httpx.AsyncClient, accounts: dict[str, Standing], currency: str, day: date
) -> dict[str, int]:
    """Ask for every account; return how often was answered what."""
    seen = dict.fromkeys(("passes", "held", "to_pay", "several", "with_queue", "never", "too_large"), 0)

    async def ask(customer_id: str, amount: int) -> dict[str, Any]:
        body = {"customer_id": customer_id, "currency": currency, "amount": decimal_string(amount, currency)}
        answer = await client.post("/credit/dry-run", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    for customer_id, standing in accounts.items():
        for amount in questions(standing):
            said = await ask(customer_id, amount)
            about = (customer_id, amount, standing, said)
            assert said["day"] == str(day), about
            assert minor_units(said["exposure_after"], currency) == standing.exposure + amount or (
                said["exposure_after"].startswith("-") and standing.exposure + amount < 0
            ), about
            assert said["passes"] == standing.passes(amount), about
            seen["passes" if said["passes"] else "held"] += 1
            largest = said["largest_amount"]
            assert (None if largest is None else minor_units(largest, currency)) == standing.largest(), about
            to_pay = said["to_pay"]
            try:
                wanted = standing.to_pay(amount)
            except TooLarge:
                seen["too_large"] += 1
                continue
            if to_pay is None or wanted is None:
                assert to_pay is wanted is None, about
                seen["never"] += 1
                continue
            assert to_pay["proven"], about
            assert (to_pay["count"], minor_units(to_pay["amount"], currency)) == wanted, about
            amounts = [minor_units(invoice["open"], currency) for invoice in to_pay["invoices"]]
            assert (len(amounts), sum(amounts)) == wanted, about
            seen["to_pay"] += wanted[0] > 0
            seen["several"] += wanted[0] > 1
            seen["with_queue"] += wanted[0] > 0 and bool(standing.queue)
    return seen


async def asked(
    servers: tuple[LocalPostgres, TansuBroker, str], events: list[Event[Any]], currency: str, *, named: bool
) -> dict[str, int]:
    books = books_of(events, PARTITIONS, currency, named=named)
    day = books.ticks["day"].max()
    assert isinstance(day, date)
    async with replayed(*servers, events, currency) as (client, database):
        accounts = standings(books, *await decided(database, books), day)
        owing = {name: account for name, account in accounts.items() if account.invoices}
        chosen = dict(sorted(owing.items())[:CUSTOMERS])
        seen = await compare(client, chosen, currency, day)
    assert sum(seen[name] for name in ("passes", "held")) == sum(len(questions(a)) for a in chosen.values())
    assert seen["too_large"] < 10, seen
    return seen | {"customers": len(chosen)}


async def test_online_retail_paid_late(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str, data: Path
) -> None:
    events = list(semi_synthetic(data, date(2010, 3, 31), PARTITIONS, seed=20_11))
    events = list(with_terms(events, uci.CURRENCY, {}))
    servers = (postgres_server, tansu_server, credit_template)
    seen = await asked(servers, events, uci.CURRENCY, named=False)
    assert seen["customers"] == CUSTOMERS
    assert min(seen["passes"], seen["held"], seen["to_pay"], seen["several"], seen["never"]) > 30, seen


async def test_wide_world_importers_five_weeks_unpaid(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str, data: Path
) -> None:
    """In the file everything is paid the next day; here the payments of the last five weeks have not come."""
    last = date(2013, 3, 10)
    events = list(wwi.feed(data, wwi.WwiOptions(until=last, partitions=PARTITIONS)).events)
    events = list(with_terms(events, wwi.CURRENCY, {0: 0}))
    missing = last - timedelta(days=35)
    events = [e for e in events if e.type != "payment.received" or e.occurred_at.date() < missing]
    servers = (postgres_server, tansu_server, credit_template)
    seen = await asked(servers, events, wwi.CURRENCY, named=True)
    assert seen["customers"] > 150, seen
    assert min(seen["held"], seen["to_pay"], seen["several"], seen["never"]) > 30, seen
    assert seen["with_queue"] > 10, seen
