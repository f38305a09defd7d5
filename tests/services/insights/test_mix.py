"""Mix: both groups of a comparison in the rolling window, whatever comes in which order, and alerts about it."""

from datetime import UTC, date, datetime
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insights.derivations.derivation import Deriving
from services.insights.derivations.mix import derive_mix
from services.insights.deriving import Deriver
from services.insights.rules.mix import Comparison, Group, below_target, missing_minor, problems_of
from services.insights.store.mix import InForce, insert_comparison
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.alerts.inbox import Inbox
from tests.services.insights.events import event, line, tick
from tests.services.insights.processing import Processing

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LAUNCH = Comparison(
    "launch",
    Group("volume", categories=("tea",), product_ids=("ODD",)),
    Group("profit", categories=("cups",), product_ids=("TEA-9",)),
    target_percent=20,
    window_months=2,
)


async def compare(
    database: Database,
    comparison: Comparison = LAUNCH,
    version: int = 1,
    active: bool = True,
    named: str = "launch",
) -> None:
    async with database.unit_of_work() as unit:
        given = InForce(named, version, comparison)
        await insert_comparison(unit.connection, given, active=active, by="m", reason="r", at=NOON)


def product(product_id: str, category: str, revision: int = 1, at: float = -9) -> Any:
    kind = "product.created" if revision == 1 else "product.changed"
    return event(kind, at=at, product_id=product_id, category=category, revision=revision)


def order(day: float, customer: str = "C-1", **amounts: str) -> Any:
    lines = [line(name.replace("_", "-"), "1", amount) for name, amount in amounts.items()]
    total = f"{sum(Fraction(amount) for amount in amounts.values()).numerator}.00"
    return event("order.placed", at=day, customer_id=customer, order_id=f"O-{day}", amount=total, lines=lines)


CATALOGUE = [product("TEA-1", "tea"), product("TEA-9", "tea"), product("CUP", "cups"), product("ODD", "odd")]
HISTORY = [
    *CATALOGUE,
    order(0, TEA_1="100.00", CUP="10.00"),
    order(10, ODD="50.00", TEA_9="7.00", NEW="1000.00"),
    event("order.returned", at=31, amount="30.00", lines=[line("TEA-1", "1", "30.00")]),
    order(40, customer="C-2", TEA_1="80.00", CUP="20.00"),
]


async def mix(processing: Processing) -> dict[tuple[str, str, str], tuple[int, int]]:
    rows = await processing.rows("customer_mix")
    return {
        (r["customer_id"], r["comparison_id"], r["currency"]): (r["one_minor"], r["two_minor"]) for r in rows
    }


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12), st.integers(1, 99))
def test_what_is_missing_reaches_the_target_and_nothing_less_does(one: int, two: int, target: int) -> None:
    missing, x, y = missing_minor(one, two, target), max(one, 0), max(two, 0)

    def reached(more: int) -> bool:
        return x == 0 or Fraction(y + more, x + y + more) >= Fraction(target, 100)

    assert reached(missing)
    assert missing == 0 or not reached(missing - 1)


def test_too_little_of_group_one_is_no_alert() -> None:
    comparison = Comparison("n", Group("a", ("x",)), Group("b", ("y",)), 20, alert_from={"CNY": "100.00"})
    assert below_target(comparison, "CNY", 9_999, 0) is None
    assert below_target(comparison, "CNY", 10_000, 999) == {
        "group": "b",
        "percent": "9.08",
        "target_percent": 20,
    }
    assert below_target(comparison, "KWD", 1, 0) is not None
    assert below_target(comparison, "CNY", 10_000, 2_500) is None


@pytest.mark.parametrize(
    ("one", "two", "path"),
    [
        (Group("a"), Group("b", ("y",)), "one.categories"),
        (Group("a", ("x",)), Group("b", ("y", "x")), "two.categories.1"),
        (Group("a", (), ("x", "x")), Group("b", ("y",)), "one.product_ids.1"),
        (Group("a", everything_else=True), Group("b", everything_else=True), "two.everything_else"),
        (Group("a", ("x",)), Group("a", ("y",)), "two.name"),
    ],
)
def test_groups_that_are_refused(one: Group, two: Group, path: str) -> None:
    assert [where for where, _ in problems_of(Comparison("n", one, two, 20))] == [path]


@pytest.mark.parametrize("seed", range(3))
async def test_both_groups_whatever_the_order_of_arrival(
    processing: Processing, database: Database, seed: int
) -> None:
    await compare(database)
    shuffled = [*HISTORY, tick("2026-02-20")]
    Random(seed).shuffle(shuffled)
    for one in shuffled:
        await processing.apply(one)
        await Deriver(database).catch_up()
    # TEA-9 is of the second group by its id, ODD of the first; NEW is of neither; the return is subtracted.
    assert await mix(processing) == {
        ("C-1", "launch", "CNY"): (12_000, 1_700),
        ("C-2", "launch", "CNY"): (8_000, 2_000),
    }
    assert (await verify(database)).problems == []


async def test_everything_else_beside_a_launch(processing: Processing, database: Database) -> None:
    rest = Comparison("n", Group("rest", everything_else=True), Group("launch", product_ids=("NEW",)), 20)
    await compare(database, rest)
    await processing.apply(*HISTORY, tick("2026-02-20"))
    await Deriver(database).catch_up()
    assert (await mix(processing))["C-1", "launch", "CNY"] == (13_700, 100_000)
    assert (await verify(database)).problems == []


async def test_the_window_moves_with_the_day(processing: Processing, database: Database) -> None:
    await compare(database)
    await processing.apply(*HISTORY, tick("2026-02-28"))
    await Deriver(database).catch_up()
    async with database.unit_of_work() as unit:
        due = await derive_mix(Deriving(unit, date(2026, 2, 28), ["C-1", "C-2"]))
    assert due == {"C-1": date(2026, 3, 1), "C-2": date(2026, 4, 1)}
    await processing.apply(tick("2026-03-01"))
    await Deriver(database).catch_up()
    assert await mix(processing) == {
        ("C-1", "launch", "CNY"): (-3_000, 0),
        ("C-2", "launch", "CNY"): (8_000, 2_000),
    }
    await processing.apply(tick("2026-04-01"))
    await Deriver(database).catch_up()
    assert await mix(processing) == {}
    assert (await verify(database)).problems == []


async def test_orders_ahead_of_the_day_count_when_their_month_begins(
    processing: Processing, database: Database
) -> None:
    await compare(database)
    await processing.apply(*HISTORY, tick("2026-01-31"))
    await Deriver(database).catch_up()
    assert await mix(processing) == {("C-1", "launch", "CNY"): (15_000, 1_700)}
    assert (await verify(database)).problems == []
    await processing.apply(tick("2026-02-01"))
    await Deriver(database).catch_up()
    assert len(await mix(processing)) == 2


async def test_a_product_in_another_category_moves_who_bought_it(
    processing: Processing, database: Database
) -> None:
    await compare(database)
    await processing.apply(*HISTORY, tick("2026-02-20"))
    await Deriver(database).catch_up()
    await processing.apply(product("TEA-1", "cups", revision=2, at=42))
    await Deriver(database).catch_up()
    assert await mix(processing) == {
        ("C-1", "launch", "CNY"): (5_000, 8_700),
        ("C-2", "launch", "CNY"): (0, 10_000),
    }
    assert (await verify(database)).problems == []


async def test_a_new_version_moves_everybody_and_an_ended_one_goes(
    processing: Processing, database: Database
) -> None:
    inbox = Inbox(processing, database)
    await compare(database)
    await inbox.after(*HISTORY, tick("2026-02-20"))
    assert await inbox.after() == {"mix_below_target:C-1:launch:CNY": "warning"}
    swapped = Comparison("n", LAUNCH.two, LAUNCH.one, 20)
    await compare(database, swapped, 2)
    assert await inbox.after() == {}
    assert (await mix(processing))["C-1", "launch", "CNY"] == (1_700, 12_000)
    await compare(database, LAUNCH, 3)
    assert await inbox.after() == {"mix_below_target:C-1:launch:CNY": "warning"}
    await compare(database, LAUNCH, 4, active=False)
    assert await inbox.after() == {}
    assert await mix(processing) == {}
    assert (await verify(database)).problems == []


async def test_below_the_target_is_told_and_taken_back(processing: Processing, database: Database) -> None:
    inbox = Inbox(processing, database)
    await compare(database)
    await inbox.after(*CATALOGUE, tick("2026-02-20"), event("customer.created", at=-8, name="Tea house"))
    assert await inbox.after(order(40, TEA_1="100.00")) == {"mix_below_target:C-1:launch:CNY": "critical"}
    assert await inbox.after(order(41, CUP="10.00")) == {"mix_below_target:C-1:launch:CNY": "warning"}
    row = await inbox.row()
    assert (row["facts"]["group"], row["facts"]["percent"]) == ("profit", "9.09")
    assert await inbox.after(order(42, CUP="15.00")) == {}
    # Time alone: what was bought of the second group leaves the window.
    await inbox.after(order(60, TEA_1="10.00"))
    await inbox.after(tick("2026-04-01"))
    assert (await inbox.row("state <> 'resolved'"))["facts"]["percent"] == "0.00"


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE customer_mix SET one_minor = one_minor + 1",
        "UPDATE customer_mix SET two_minor = 0",
        "UPDATE customer_mix SET version = 2",
        "DELETE FROM customer_mix",
        "INSERT INTO customer_mix SELECT 'C-1', 'other', 'CNY', 1, 1, 1",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await compare(database)
    await processing.apply(*HISTORY, tick("2026-02-20"))
    await Deriver(database).catch_up()
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS["customer_mix"]]
