"""Back-tests of the service over stored journals against the oracle's, which reads events and policies plainly."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by
from deploy.feed import wwi
from deploy.feed.data_folder import DataMissing
from deploy.feed.simulator import Answer, simulate
from services.credit.back_test.run import Totals, run
from services.credit.rules.policy import DELIVERED, Policy, document_of
from services.kit.database import Database
from services.kit.verify import snapshot
from tests.oracle.trial import FIGURES, TrialOracle
from tests.services.credit.events import DAY, PARTITIONS
from tests.services.credit.live import Live, numbered
from tests.services.credit.streams import stream

CANDIDATES: list[dict[str, Any]] = [
    {
        "company": {
            "overdue_items": {"max_items": 0},
            "single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "120.00"}]},
            "term_change": {"active": True, "grace_days": 10},
        }
    },
    {
        "company": {"overdue_days": {"max_days": 5, "grace_days": 2}, "manual_hold": {"active": False}},
        "risk_classes": [{"risk_class": "B", "rules": {"limit": {"active": False}}}],
        "customers": [{"customer_id": "C-1", "rules": {"blacklist": {"exclude_methods": ["prepaid"]}}}],
    },
    {
        "company": {
            "limit": {"active": False},
            "overdue_share": {"active": True, "max_percent": 10},
            "payment_behaviour": {"active": True, "max_average_days": 3, "min_invoices": 2},
        }
    },
]
SMALL_ORDERS: dict[str, Any] = {
    "company": {
        "single_order_maximum": {"amounts": [{"currency": "CNY", "amount": "3000.00"}]},
        "overdue_items": {"max_items": 0},
        "limit": {"active": False},
    }
}


async def service_says(
    database: Database, policy: dict[str, Any], first: date = date.min, last: date = date.max
) -> tuple[dict[tuple[str, str], dict[str, int]], list[tuple[str, str, str, str, int]], Totals]:
    figures, flips, totals = {}, [], Totals()
    async with snapshot(database) as connection:
        async for result in run(connection, Policy(2, document_of(policy)), first, last, totals):
            for currency, outcome in result.outcomes.items():
                figures[result.customer_id, currency] = {name: getattr(outcome, name) for name in FIGURES}
            flips += [(result.customer_id, f.order, f.recorded, f.candidate, f.amount) for f in result.flips]
    return figures, flips, totals


async def compare(
    database: Database, events: Sequence[Event[Any]], policy: dict[str, Any], currency: str, *period: date
) -> dict[str, int]:
    oracle = TrialOracle(PARTITIONS, currency, policy, *period)
    for event in events:
        oracle.apply(event)
    figures, flips, totals = await service_says(database, policy, *period)
    assert figures == oracle.figures
    assert sorted(flips) == sorted(oracle.flips)
    summed = {name: sum(each[name] for each in figures.values()) for name in FIGURES}
    of_totals = {name: sum(getattr(o, name) for o in totals.outcomes.values()) for name in FIGURES}
    assert of_totals == summed
    return summed


@pytest.mark.parametrize("seed", [31, 32, 36])
async def test_streams_in_which_everything_goes_wrong(database: Database, seed: int) -> None:
    events = list(stream(seed, 1_200, customers=4, documents=40, strangers=False))
    await Live(database).apply(await numbered(database, events))
    found = [await compare(database, events, policy, "CNY") for policy in CANDIDATES]
    found.append(
        await compare(
            database, events, CANDIDATES[0], "CNY", DAY + timedelta(days=30), DAY + timedelta(days=200)
        )
    )
    for name in set(FIGURES) - {"restated"}:
        assert sum(each[name] for each in found) > 0, name


async def test_the_policy_that_decided_flips_nothing(database: Database) -> None:
    await Live(database).apply(await numbered(database, stream(34, 1_000)))
    figures, flips, totals = await service_says(database, DELIVERED.model_dump(exclude_defaults=True))
    assert flips == []
    assert sum(each["decisions"] for each in figures.values()) > 50
    assert totals.entries == await database.pool.fetchval("SELECT count(*) FROM journal")


async def test_a_simulated_distributor(database: Database) -> None:
    oracle = TrialOracle(PARTITIONS, "CNY", SMALL_ORDERS)

    def answer(order_id: str) -> Answer:
        made = oracle.decisions.get(order_id)
        return made[-1][0] if made else None  # type: ignore[return-value]

    events = []
    for event in simulate(8, 40, 120, date(2026, 3, 2), decisions=answer, partitions=PARTITIONS):
        oracle.apply(event)
        if EVENT_TYPES[event.type].TOPIC in consumed_by("credit"):
            events.append(event)
    await _applied(database, events, "CNY")
    found = await compare(database, events, SMALL_ORDERS, "CNY")
    assert min(found["blocked"], found["overdue_avoided"]) > 0


@pytest.mark.data
async def test_a_real_wholesaler(database: Database) -> None:
    try:
        feed = wwi.feed(options=wwi.WwiOptions(until=date(2013, 1, 25), partitions=PARTITIONS))
        events = [e for e in feed.events if EVENT_TYPES[e.type].TOPIC in consumed_by("credit")]
    except DataMissing as error:
        pytest.skip(str(error))
    await _applied(database, events, wwi.CURRENCY)
    amounts = [{"currency": wwi.CURRENCY, "amount": "2000.00"}]
    policy = {"company": {"single_order_maximum": {"amounts": amounts}, "limit": {"active": False}}}
    found = await compare(database, events, policy, wwi.CURRENCY)
    assert found["blocked"] > 100
    # Its customers pay in time, but some limits are too small: see the importer.
    assert found["decisions"] > 1_000


async def _applied(database: Database, events: Sequence[Event[Any]], currency: str) -> None:
    live, records = Live(database, currency), await numbered(database, events)
    for start in range(0, len(records), 500):
        await live.apply(records[start : start + 500])
