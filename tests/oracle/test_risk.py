"""Paying history and risk factors against the oracle, in whatever steps they are made."""

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any

import pytest

from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by
from deploy.feed import wwi
from deploy.feed.data_folder import DataMissing
from deploy.feed.simulator import simulate
from services.credit.risk import Standing, refresh
from services.credit.verify import verify
from services.kit.database import Database
from tests.oracle.paying import Paying
from tests.services.credit.events import DAY, PARTITIONS
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream

HISTORY = "SELECT * FROM invoice_history ORDER BY invoice_id"


@pytest.mark.parametrize("seed", range(4))
async def test_streams_in_which_everything_goes_wrong(database: Database, seed: int) -> None:
    oracle = Paying(PARTITIONS, "CNY")
    events = list(stream(seed, 700, customers=4, documents=15, strangers=False))
    await _compare(database, oracle, events, "CNY", Random(seed), batch=40)
    assert sum(len(oracle.settled(customer)) for customer in oracle.customers.values()) > 5


async def test_a_simulated_distributor(database: Database) -> None:
    oracle = Paying(PARTITIONS, "CNY")
    feed = simulate(7, 40, 75, date(2026, 3, 2), decisions=lambda _: "approved", partitions=PARTITIONS)
    standings = await _compare(database, oracle, feed, "CNY", Random(1), batch=500)
    assert len({standing.score.risk_class for standing in standings.values()}) > 1


@pytest.mark.data
async def test_a_real_wholesaler(database: Database) -> None:
    oracle = Paying(PARTITIONS, wwi.CURRENCY)
    try:
        feed = wwi.feed(options=wwi.WwiOptions(until=date(2013, 1, 14), partitions=PARTITIONS))
        await _compare(database, oracle, feed.events, wwi.CURRENCY, Random(2), batch=500)
    except DataMissing as error:
        pytest.skip(str(error))
    lates = [late for customer in oracle.customers.values() for late in oracle.settled(customer).values()]
    assert len(lates) > 100


async def _compare(
    database: Database,
    oracle: Paying,
    events: Iterable[Event[Any]],
    currency: str,
    random: Random,
    batch: int,
) -> dict[str, Standing]:
    """Apply events in batches, making the standings of some customers in between, and compare in the end."""
    live = Live(database, currency)
    wanted = []
    for event in events:
        oracle.apply(event)
        if EVENT_TYPES[event.type].TOPIC in consumed_by("credit"):
            wanted.append(event)
    records = await numbered(database, wanted)
    for start in range(0, len(records), batch):
        await live.apply(records[start : start + batch])
        await _refresh(database, [c for c in sorted(oracle.customers) if random.random() < 0.2])
    standings = await _refresh(database, sorted(oracle.customers))
    for customer_id, customer in oracle.customers.items():
        if not customer.touched:
            continue
        found = await database.pool.fetch(
            """SELECT invoice_id, settled_on - due_on FROM invoice_history
               WHERE customer_id = $1 AND settled_seq IS NOT NULL""",
            customer_id,
        )
        assert dict(map(tuple, found)) == oracle.settled(customer), customer_id
        _same_factors(standings[customer_id], oracle, customer_id)
    assert [str(problem) for problem in (await verify(database)).problems] == []
    await _same_from_scratch(database, sorted(oracle.customers), standings)
    return standings


async def _refresh(database: Database, customers: list[str]) -> dict[str, Standing]:
    async with database.unit_of_work() as unit:
        return await refresh(unit.connection, customers, DAY)


def _same_factors(standing: Standing, oracle: Paying, customer_id: str) -> None:
    factors = {factor.name: factor for factor in standing.score.factors}
    for name, expected in oracle.values(customer_id).items():
        found = factors[name].value
        if expected is None or found is None:
            assert (found, expected) == (None, None), (customer_id, name)
        else:
            assert abs(float(found) - float(expected)) <= 0.00501, (customer_id, name)


async def _same_from_scratch(
    database: Database, customers: list[str], standings: dict[str, Standing]
) -> None:
    """What was made step by step is what is made at once."""
    before = await database.pool.fetch(HISTORY)
    await database.pool.execute("TRUNCATE invoice_history, risk_standings")
    assert await _refresh(database, customers) == standings
    assert await database.pool.fetch(HISTORY) == before
    items = await database.pool.fetch("SELECT invoice_id, open FROM items ORDER BY invoice_id")
    assert [(row["invoice_id"], row["open"]) for row in before] == [tuple(row) for row in items]
