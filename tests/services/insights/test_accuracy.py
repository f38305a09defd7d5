"""Forecasts as they were made are kept once, scored by what came true, and corrected by late documents."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from services.insights.accuracy import measure, purge, settle
from services.insights.expecting import Forecaster
from services.insights.forecasting import amounts, arrays_of, awaited, forecast, state_of
from services.insights.keeping import month_ahead
from services.insights.store.accuracy_reads import accuracy_by_month
from services.insights.store.order_days import populations
from services.insights.verify import INVARIANTS, verify
from services.kit import metrics
from services.kit.database import Database
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up

FIRST = date(2026, 1, 5)


def _order(customer: str, day: int, amount: str = "100.00", suffix: str = "") -> Any:
    id_ = f"{customer}-{day}{suffix}"
    return event("order.placed", at=day, customer_id=customer, order_id=id_, amount=amount)


async def _forecast(database: Database) -> None:
    await catch_up(database)
    forecaster = Forecaster(database)
    await forecaster.fit()
    while await forecaster.step():
        pass
    # What is late was reported, and alerts follow from it.
    await catch_up(database)


async def _evening(processing: Processing, day: int, *events: Any) -> None:
    """A day that begins, what happens on it, and the forecasts made of that."""
    on = FIRST + timedelta(days=day)
    await processing.apply(tick(on.isoformat()))
    await _forecast(processing.database)
    if events:
        await processing.apply(*events)
        await _forecast(processing.database)


HISTORY = [
    *[_order("C-1", d) for d in range(0, 43, 7)],
    *[_order("C-2", d, "30.00") for d in (0, 10, 15, 42)],
]


async def test_the_next_order_is_kept_as_forecast_on_the_evening_of_the_last(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-02-16"), *HISTORY)
    await _forecast(database)
    async with database.unit_of_work() as unit:
        population, _ = (await populations(unit.connection))["CNY"]
    start = FIRST.toordinal()
    states = [
        state_of((start + d, amount) for d in days)
        for days, amount in ((range(0, 43, 7), 10_000), ((0, 10, 15, 42), 3_000))
    ]
    arrays = arrays_of([s for s in states if s])
    expected, earliest, latest = awaited(arrays, population)
    worth = amounts.expected(arrays, population.amounts)
    rows = await processing.rows("awaited_orders")
    assert [(row["customer_id"], row["last_order_day"]) for row in rows] == [
        ("C-1", date(2026, 2, 16)),
        ("C-2", date(2026, 2, 16)),
    ]
    for at, row in enumerate(rows):
        found = [row[name].toordinal() for name in ("expected_day", "earliest", "latest")]
        assert found == [expected[at], earliest[at], latest[at]]
        assert row["amount"] == round(worth[at])
        assert row["came_on"] is None
    # Gaps of 10, 5 and 27 days: mean 14, median 10.
    assert (rows[1]["mean_gap_day"], rows[1]["median_gap_day"]) == (date(2026, 3, 2), date(2026, 2, 26))
    assert (rows[1]["mean_amount"], rows[1]["last_amount"]) == (3_000, 3_000)


async def test_neither_silence_nor_further_events_move_what_was_kept(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-02-16"), *HISTORY)
    await _forecast(database)
    before = await processing.rows("awaited_orders")
    await _evening(processing, 45, _order("C-3", 44), _order("C-1", 7, "900.00", "again"))
    rows = await processing.rows("awaited_orders")
    assert [row for row in rows if row["customer_id"] != "C-3"] == before
    # An order that is heard of days later was not forecast in time.
    await _evening(processing, 50, _order("C-4", 44))
    assert {row["customer_id"] for row in await processing.rows("awaited_orders")} == {"C-1", "C-2", "C-3"}
    # What else comes on the day of the order itself is known that evening.
    await _evening(processing, 52, _order("C-1", 52, "500.00"))
    await _evening(processing, 52, _order("C-1", 52, "500.00", "again"))
    row = (await processing.rows("awaited_orders", "customer_id = 'C-1' AND came_on IS NULL"))[0]
    assert (row["last_order_day"], row["last_amount"]) == (date(2026, 2, 26), 100_000)


async def test_late_and_cancelled_orders_correct_the_score_of_a_next_order(
    processing: Processing, database: Database
) -> None:
    async def truth() -> list[tuple[Any, ...]]:
        rows = await processing.rows("awaited_orders", "customer_id = 'C-1'")
        return [(row["last_order_day"].day, row["came_on"], row["came_amount"]) for row in rows]

    await _evening(processing, 42, *HISTORY)
    await _evening(processing, 50, _order("C-1", 50, "70.00"))
    assert await truth() == [(16, date(2026, 2, 24), 7_000), (24, None, None)]
    await _evening(processing, 52, _order("C-1", 48, "20.00"))
    assert await truth() == [(16, date(2026, 2, 22), 2_000), (24, None, None)]
    for day in (48, 50):
        await processing.apply(
            event("order.cancelled", at=53, customer_id="C-1", order_id=f"C-1-{day}"), tick("2026-02-27")
        )
    await _forecast(database)
    assert await truth() == [(16, None, None)], "nothing was to be forecast after a day without an order"
    assert (await verify(database)).problems == []


@pytest.mark.parametrize(
    ("day", "month"),
    [("2026-02-28", "2026-03-01"), ("2026-03-01", "2026-03-01"), ("2026-03-02", None), ("2026-03-30", None)],
)
def test_when_a_month_is_forecast(day: str, month: str | None) -> None:
    assert month_ahead(date.fromisoformat(day)) == (date.fromisoformat(month) if month else None)


async def _month_rows(processing: Processing) -> dict[str, dict[str, Any]]:
    rows = await processing.rows("forecast_months", "month = '2026-03-01'")
    return {row["customer_id"]: row for row in rows}


async def test_a_month_is_forecast_before_it_begins_and_scored_when_it_is_over(
    processing: Processing, database: Database
) -> None:
    # The last of February is day 54.
    await _evening(processing, 54, *HISTORY, _order("C-2", 54, "30.00"))
    async with database.unit_of_work() as unit:
        population, _ = (await populations(unit.connection))["CNY"]
    state = state_of((FIRST.toordinal() + d, 3_000) for d in (0, 10, 15, 42, 54))
    assert state is not None
    made = forecast(arrays_of([state]), population, date(2026, 2, 28).toordinal(), 31)
    before = await _month_rows(processing)
    assert before["C-2"]["orders"] == pytest.approx(made.orders[0])
    assert (before["C-2"]["median_orders"], before["C-2"]["amount"]) == (
        round(made.median_orders[0]),
        round(made.amount[0]),
    )
    assert (before["C-1"]["last_orders"], before["C-1"]["last_amount"]) == (3, 30_000)
    assert (before["C-2"]["last_orders"], before["C-2"]["year_orders"]) == (2, None)

    await _evening(processing, 55, _order("C-1", 55), _order("C-3", 55))
    await _evening(processing, 60, _order("C-1", 60), _order("C-1", 60, suffix="again"))
    assert await settle(database) == 0
    assert await _month_rows(processing) == before, "the month that runs is kept as it was forecast"
    await _evening(processing, 86)
    assert await settle(database) == 2
    after = await _month_rows(processing)
    came = {id_: (row["came_orders"], row["came_amount"]) for id_, row in after.items()}
    assert came == {"C-1": (2, 30_000), "C-2": (0, 0)}
    # A late order and a cancelled one.
    await processing.apply(
        _order("C-2", 70, "30.00"), event("order.cancelled", at=87, customer_id="C-1", order_id="C-1-55")
    )
    await _forecast(database)
    came = {id_: (r["came_orders"], r["came_amount"]) for id_, r in (await _month_rows(processing)).items()}
    assert came == {"C-1": (1, 20_000), "C-2": (1, 3_000)}
    assert (await verify(database)).problems == []


async def test_the_first_of_a_month_makes_up_for_an_evening_that_was_missed(
    processing: Processing, database: Database
) -> None:
    year = [_order("C-9", d) for d in (-340, -300)]
    await processing.apply(tick("2026-03-01"), *HISTORY, *year, _order("C-4", 50), _order("C-4", 55))
    await _forecast(database)
    rows = await _month_rows(processing)
    assert set(rows) == {"C-1", "C-2", "C-9"}, "whoever has ordered on the first is known to order"
    # Its orders are of the 30th of January and the 11th of March 2025: that month is known of everybody.
    assert (rows["C-9"]["year_orders"], rows["C-9"]["year_amount"]) == (1, 10_000)
    assert rows["C-1"]["year_orders"] == 0
    assert rows["C-1"]["last_orders"] == 3


async def _measures(database: Database) -> Sequence[Any]:
    async with database.unit_of_work() as unit:
        return await accuracy_by_month(unit.connection, date(2026, 1, 1), date(2026, 12, 31), "CNY")


async def test_measures_and_gauges(processing: Processing, database: Database) -> None:
    rows = [
        ("C-1", "2026-03-01", "2026-03-08", "2026-03-05", "2026-03-12", "2026-03-10", 1_000),
        ("C-2", "2026-03-01", "2026-03-08", "2026-03-05", "2026-03-12", "2026-03-20", 3_000),
        ("C-3", "2026-03-01", "2026-03-08", "2026-03-05", "2026-03-12", None, None),
        ("C-4", "2025-01-01", "2025-01-08", "2025-01-05", "2025-01-12", "2026-03-02", 1_000),
    ]
    for id_, last, expected, earliest, latest, came, amount in rows:
        days = [
            None if d is None else date.fromisoformat(d) for d in (last, expected, earliest, latest, came)
        ]
        await database.pool.execute(
            """INSERT INTO awaited_orders
               VALUES ($1, 'CNY', $2, $2, 1, $3, $4, $5, 2000, 1500, $2::date + 10, NULL, 1000, 5000, $6, $7)""",
            *(id_, *days, amount),
        )
    found = {(r["about"], r["method"]): r for r in await _measures(database)}
    ours, naive = found["next_order_day", "forecast"], found["next_order_day", "own_mean_gap"]
    assert (ours["n"], ours["mae"], ours["median"], ours["bias"]) == (2, 7, 2, -7)
    assert float(ours["rmse"]) == pytest.approx((2**2 + 12**2) ** 0.5 / 2**0.5)
    assert (ours["coverage"], naive["coverage"]) == (0.5, None)
    assert (naive["n"], naive["mae"], naive["ours_mae"]) == (2, 5, 7)
    assert ("next_order_day", "own_median_gap") not in found
    money = found["next_order_amount", "own_mean"]
    assert (money["mae"], money["bias"], money["bias_share"]) == (1_000, -1_000, -0.5)

    await processing.apply(tick("2026-03-25"))
    await measure(database)
    assert metrics.FORECAST_COVERAGE.labels("CNY")._value.get() == 0.5
    assert metrics.FORECASTS_SCORED.labels("CNY")._value.get() == 2
    error = metrics.FORECAST_ERROR.labels("next_order_day", "forecast", "CNY")._value.get()
    assert error == pytest.approx(14 / 28)


async def test_what_is_old_is_deleted(processing: Processing, database: Database) -> None:
    await _evening(processing, 54, *HISTORY, _order("C-1", 54))
    await processing.apply(tick("2026-05-15"))
    await catch_up(database)
    await purge(database, 62)
    assert {r["last_order_day"] for r in await processing.rows("awaited_orders")} == set()
    assert {r["month"] for r in await processing.rows("forecast_months")} == set()
    await _forecast(database)
    assert await processing.rows("awaited_orders") == [], "what was deleted is not made again"


@pytest.mark.parametrize(
    ("table", "tampering"),
    [
        ("awaited_orders", "UPDATE awaited_orders SET came_on = came_on + 1 WHERE came_on IS NOT NULL"),
        ("awaited_orders", "UPDATE awaited_orders SET came_amount = came_amount + 1"),
        ("awaited_orders", "UPDATE awaited_orders SET last_order_day = last_order_day - 1"),
        ("forecast_months", "UPDATE forecast_months SET came_orders = came_orders + 1"),
        ("forecast_months", "UPDATE forecast_months SET came_amount = 0"),
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, table: str, tampering: str) -> None:
    await _evening(processing, 42, *HISTORY)
    await _evening(processing, 54, _order("C-1", 54))
    await _evening(processing, 60, _order("C-1", 60))
    await _evening(processing, 90)
    await settle(database)
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS[table]]
