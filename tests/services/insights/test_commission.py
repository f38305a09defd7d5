"""Commission from events to entries: in any order, written once, corrected by further entries."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import asyncpg
import msgspec
import pytest

from services.insights.deriving import Deriver
from services.insights.rules.margin_tiers import MarginTier, TierPolicy
from services.insights.rules.performance import Performance
from services.insights.store.dated_policies import Kind, add_policy
from services.insights.store.staleness import mark_everybody
from services.insights.tiering import TierKeeper
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing, empty
from tests.services.insights.segments import catch_up

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIERS = TierPolicy(tiers=(MarginTier("high", "40", "5"), MarginTier("low", None, "1")))
TWO = [line("TEA", "1", "100.00"), line("CUP", "1", "60.00")]

# Tea earns half of its price, or 37.5 % when it is sold for less, cups a tenth. Day 0 is the fifth of January 2026.
HISTORY: list[Any] = [
    event("product.created", -30, unit_cost="50"),
    event("product.created", -30, product_id="CUP", unit_cost="54"),
    event("customer.assigned", -4, salesperson_id="S-1"),
    event("order.placed", 0, amount="170.00", lines=TWO, salesperson_id="S-2"),
    event("order.invoiced", 1, amount="170.00", lines=TWO, due_on="2026-02-05"),
    event("order.placed", 2, order_id="O-2", amount="80.00", lines=[line("TEA", "1", "80.00")]),
    event(
        "order.invoiced",
        3,
        order_id="O-2",
        invoice_id="I-2",
        amount="80.00",
        lines=[line("TEA", "1", "80.00")],
        due_on="2026-02-07",
    ),
    event("payment.received", 10, amount="85.00"),
    event("payment.received", 30, payment_id="P-2", amount="105.00"),
    event("payment.reversed", 35, payment_id="P-2"),
    event("payment.received", 40, payment_id="P-3", amount="85.00"),
    event("order.returned", 60, amount="60.00", lines=[line("CUP", "1", "60.00")]),
    event("receivable.written_off", 70, write_off_id="W-1", invoice_id="I-2", amount="20.00", reason="gone"),
    tick("2026-03-31"),
]


async def _policies(database: Database) -> None:
    async with database.unit_of_work() as unit:
        policies: list[tuple[Kind, Any]] = [("tiers", TIERS), ("performance", Performance(owner_percent=60))]
        for kind, policy in policies:
            body = msgspec.json.encode(policy).decode()
            await add_policy(unit.connection, kind, date(2025, 1, 1), body, by="m", reason="-", at=NOW)
        await mark_everybody(unit.connection)


async def _derive(database: Database) -> None:
    deriver = Deriver(database)
    await deriver.catch_up()
    while await TierKeeper(database).step():
        await deriver.catch_up()


async def _entries(database: Database) -> list[tuple[Any, ...]]:
    """What the entries add up to: month, invoice, cause, its id, salesperson, tier, base, amount."""
    rows = await database.pool.fetch(
        """SELECT month, invoice_id, cause, cause_id, salesperson_id, tier, sum(base_minor)::int, sum(amount_minor)::int
           FROM commission_entries GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(base_minor) <> 0 OR sum(amount_minor) <> 0
           ORDER BY 1, 2, 3, 4, 5, 6"""
    )
    return [(f"{row[0]:%m}", *list(row)[1:]) for row in rows]


# Half of 170 on the 15th of January, so half of 60 % and 40 % of tea (5 %) and cups (1 %), and so on.
EXPECTED = [
    ("01", "I-1", "payment", "P-1", "S-1", "high", 3_000, 150),
    ("01", "I-1", "payment", "P-1", "S-1", "low", 1_800, 18),
    ("01", "I-1", "payment", "P-1", "S-2", "high", 2_000, 100),
    ("01", "I-1", "payment", "P-1", "S-2", "low", 1_200, 12),
    ("02", "I-1", "payment", "P-2", "S-1", "high", 3_000, 150),
    ("02", "I-1", "payment", "P-2", "S-1", "low", 1_800, 18),
    ("02", "I-1", "payment", "P-2", "S-2", "high", 2_000, 100),
    ("02", "I-1", "payment", "P-2", "S-2", "low", 1_200, 12),
    ("02", "I-1", "payment", "P-3", "S-1", "high", 3_000, 150),
    ("02", "I-1", "payment", "P-3", "S-1", "low", 1_800, 18),
    ("02", "I-1", "payment", "P-3", "S-2", "high", 2_000, 100),
    ("02", "I-1", "payment", "P-3", "S-2", "low", 1_200, 12),
    ("02", "I-1", "reversal", "P-2", "S-1", "high", -3_000, -150),
    ("02", "I-1", "reversal", "P-2", "S-1", "low", -1_800, -18),
    ("02", "I-1", "reversal", "P-2", "S-2", "high", -2_000, -100),
    ("02", "I-1", "reversal", "P-2", "S-2", "low", -1_200, -12),
    ("02", "I-2", "payment", "P-2", "S-1", "low", 2_000, 20),
    ("02", "I-2", "reversal", "P-2", "S-1", "low", -2_000, -20),
    ("03", "I-1", "return", "R-1", "S-1", "low", -3_600, -36),
    ("03", "I-1", "return", "R-1", "S-2", "low", -2_400, -24),
    ("03", "I-2", "return", "R-1", "S-1", "low", 6_000, 60),
]


async def test_earned_when_collected_and_taken_back(database: Database, processing: Processing) -> None:
    await _policies(database)
    await processing.apply(*HISTORY)
    await _derive(database)
    assert await _entries(database) == EXPECTED
    report = await verify(database)
    assert not any(report[name] for name in INVARIANTS.values())


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_of_arrival_ends_in_the_same(database: Database, seed: int) -> None:
    await empty(database)
    processing, random = await Processing.on(database), Random(seed)
    shuffled = random.sample(HISTORY, len(HISTORY))
    if seed % 2:
        await _policies(database)
    for some in (shuffled[:5], shuffled[5:9], shuffled[9:], shuffled[2:6]):
        await processing.apply(*some)
        await _derive(database)
    if not seed % 2:
        await _policies(database)
        await _derive(database)
    assert await _entries(database) == EXPECTED
    assert (await verify(database))[INVARIANTS["commission_entries"]] == []


async def test_entries_are_written_once_and_corrected_by_further_ones(
    database: Database, processing: Processing
) -> None:
    await _policies(database)
    await processing.apply(*HISTORY)
    await _derive(database)
    before = await database.pool.fetch("SELECT * FROM commission_entries ORDER BY id")
    # It was somebody else's customer all along.
    await processing.apply(event("customer.assigned", 80, salesperson_id="S-9"))
    await _derive(database)
    after = await database.pool.fetch("SELECT * FROM commission_entries ORDER BY id")
    assert after[: len(before)] == before
    assert await _entries(database) == sorted(
        (*row[:4], row[4].replace("S-1", "S-9"), *row[5:]) for row in EXPECTED
    )
    with pytest.raises(asyncpg.RaiseError):
        await database.pool.execute("UPDATE commission_entries SET amount_minor = 0")
    with pytest.raises(asyncpg.RaiseError):
        await database.pool.execute("DELETE FROM commission_entries")


async def test_the_tier_is_that_of_the_months_before_the_sale(
    database: Database, processing: Processing
) -> None:
    await _policies(database)
    sold = [line("TEA", "1", "100.00")]
    await processing.apply(
        event("product.created", -60, unit_cost="50"),
        event("customer.assigned", -60, salesperson_id="S-1", from_day="2025-01-01"),
        event("order.placed", 0, lines=sold),
        event("order.invoiced", 1, lines=sold),
        event("payment.received", 2),
        tick("2026-01-20"),
    )
    await _derive(database)
    assert [row[4:] for row in await _entries(database)] == [("S-1", "high", 10_000, 500)]
    # An order of December arrives late, of another customer: tea was sold below its cost, so January's was low.
    late: Any = {
        "customer_id": "C-2",
        "order_id": "O-9",
        "amount": "10.00",
        "lines": [line("TEA", "1", "10.00")],
    }
    await processing.apply(event("order.placed", -10, **late))
    await _derive(database)
    assert [row[4:] for row in await _entries(database)] == [("S-1", "low", 10_000, 100)]
    assert not any((await verify(database)).values())


async def test_a_late_order_has_those_derived_whose_sale_is_in_another_tier_and_nobody_else(
    database: Database, processing: Processing
) -> None:
    def tea(customer: str, order: str, at: float, price: str) -> Any:
        sold = [line("TEA", "1", price)]
        return event("order.placed", at, customer_id=customer, order_id=order, amount=price, lines=sold)

    await _policies(database)
    await processing.apply(
        event("product.created", -60, unit_cost="50"),
        tea("C-1", "O-1", 0, "100.00"),
        tea("C-2", "O-2", -10, "100.00"),
        tick("2026-01-20"),
    )
    await _derive(database)
    keeper = TierKeeper(database)
    for order, price, behind in (("O-3", "90.00", []), ("O-4", "10.00", ["C-1"])):
        await processing.apply(tea("C-3", order, -11, price))
        await Deriver(database).catch_up()
        assert await keeper.step() == 1
        assert [row["customer_id"] for row in await processing.rows("stale_customers")] == behind
    await Deriver(database).catch_up()
    assert not any((await verify(database)).values())


async def test_the_month_of_today_is_summed_up_when_it_is_over(
    database: Database, processing: Processing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.tiering.THIS_MONTH_EVERY_S", 3_600.0)
    keeper = TierKeeper(database)
    await processing.apply(event("product.created", -60, unit_cost="50"), tick("2026-01-20"))
    await catch_up(database)
    assert await keeper.step() == 0
    await processing.apply(event("order.placed", lines=[line("TEA", "1", "100.00")]))
    await processing.apply(event("order.placed", -10, order_id="O-2", lines=[line("TEA", "1", "100.00")]))
    assert await keeper.step() == 1
    assert [str(row["month"]) for row in await processing.rows("product_margins")] == ["2025-12-01"]
    assert (await verify(database))[INVARIANTS["product_margins"]] == []
    await processing.apply(tick("2026-02-01"))
    await catch_up(database)
    assert await keeper.step() == 1
    assert [str(row["month"]) for row in await processing.rows("product_margins")] == [
        "2025-12-01",
        "2026-01-01",
    ]


async def test_drift_is_found(database: Database, processing: Processing) -> None:
    await _policies(database)
    await processing.apply(*HISTORY)
    await _derive(database)
    await database.pool.execute(
        """INSERT INTO commission_entries (customer_id, currency, month, salesperson_id, invoice_id, cause, cause_id,
               tier, rate_ppm, base_minor, amount_minor)
           VALUES ('C-1', 'CNY', '2026-01-01', 'S-1', 'I-1', 'payment', 'P-9', 'high', 1, 1, 1)"""
    )
    [found] = (await verify(database))[INVARIANTS["commission_entries"]]
    assert found.customer == "C-1"
    # What is sold today waits to be summed up until the month is over, which hides nothing meanwhile.
    late = event("order.placed", 84, order_id="O-9", amount="80.00", lines=[line("TEA", "1", "80.00")])
    await processing.apply(late)
    await Deriver(database, derivations=[]).catch_up()
    assert len(await processing.rows("stale_product_months")) == 1
    assert len((await verify(database))[INVARIANTS["commission_entries"]]) == 1
