"""Forecasts follow order days and the day; stored figures are those of the forecast made directly."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from services.insights.expecting import Forecaster
from services.insights.forecasting import arrays_of, forecast, refit, state_of
from services.insights.store.order_days import populations
from services.insights.verify import INVARIANTS, verify
from services.kit.database import Database
from tests.services.insights.events import event, tick
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up


def _orders(customer: str, days: range, **fields: Any) -> list[Any]:
    """One order on each of these days after the fifth of January 2026."""
    return [
        event(
            "order.placed",
            at=d,
            customer_id=customer,
            order_id=f"{customer}-{d}-{fields.get('currency', '')}",
            **fields,
        )
        for d in days
    ]


async def expect(database: Database) -> Forecaster:
    await catch_up(database)
    forecaster = Forecaster(database)
    await forecaster.fit()
    while await forecaster.step():
        pass
    return forecaster


HISTORY = [
    *_orders("C-1", range(0, 71, 7)),
    *_orders("C-2", range(0, 71, 20), amount="30.00"),
    *_orders("C-3", range(3, 4)),
]


async def test_forecasts_are_those_of_the_order_days(processing: Processing, database: Database) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    await expect(database)
    day, start = date(2026, 3, 20).toordinal(), date(2026, 1, 5).toordinal()
    population, _ = (await populations_of(database))["CNY"]
    states = [
        state_of((start + d, amount) for d in days)
        for days, amount in ((range(0, 71, 7), 10_000), (range(0, 71, 20), 3_000), (range(3, 4), 10_000))
    ]
    made = {h: forecast(arrays_of([s for s in states if s]), population, day, h) for h in (11, 30, 90)}
    rows = await processing.rows("order_forecasts")
    assert [row["customer_id"] for row in rows] == ["C-1", "C-2", "C-3"]
    for at, row in enumerate(rows):
        assert row["forecast_on"] == date(2026, 3, 20)
        assert row["month_orders"] == pytest.approx(made[11].orders[at])
        assert row["orders_90"] == pytest.approx(made[90].orders[at])
        assert row["amount_30"] == pytest.approx(made[30].amount[at], abs=1)
        assert row["active"] == pytest.approx(made[30].active[at])
        assert row["expected_day"].toordinal() == made[30].expected_day[at]
        assert row["earliest"] <= row["expected_day"] <= row["latest"]


async def populations_of(database: Database) -> Any:
    async with database.unit_of_work() as unit:
        return await populations(unit.connection)


async def test_a_change_is_forecast_anew_and_nobody_else(processing: Processing, database: Database) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    forecaster = await expect(database)
    await processing.apply(event("order.placed", at=74, customer_id="C-2", order_id="new", amount="30.00"))
    await catch_up(database)
    assert await forecaster.step() == 1
    row = (await processing.rows("order_forecasts", "customer_id = 'C-2'"))[0]
    assert (row["days"], row["last"]) == (5, date(2026, 3, 20))
    await processing.apply(event("order.cancelled", at=75, customer_id="C-2", order_id="new"))
    await catch_up(database)
    row = (await processing.rows("order_forecasts", "customer_id = 'C-2'"))[0]
    assert (row["days"], row["last"], row["forecast_on"]) == (4, date(2026, 3, 6), None)


async def test_who_has_changed_is_forecast_before_everybody_whose_day_is_over(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.insights.expecting.FORECASTS_PER_STEP", 2)
    await processing.apply(tick("2026-03-20"), *HISTORY)
    forecaster = await expect(database)
    await processing.apply(
        tick("2026-03-21"), event("order.placed", at=75, customer_id="C-3", order_id="new", amount="30.00")
    )
    await catch_up(database)
    made = []
    while await forecaster.step():
        rows = await processing.rows("order_forecasts", "forecast_on = '2026-03-21'")
        made.append([row["customer_id"] for row in rows])
    assert made == [["C-1", "C-3"], ["C-1", "C-2", "C-3"]]


async def test_a_day_that_begins_between_two_statements_is_waited_for(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """States may know of an order of today already while it is still yesterday for who forecasts."""
    await processing.apply(tick("2026-03-20"), *HISTORY)
    forecaster = await expect(database)
    await processing.apply(
        tick("2026-03-21"), event("order.placed", at=75, customer_id="C-3", order_id="new", amount="30.00")
    )
    await catch_up(database)

    async def yesterday(connection: Any) -> date:
        return date(2026, 3, 20)

    with monkeypatch.context() as patched:
        patched.setattr("services.insights.expecting.company_day", yesterday)
        assert await forecaster.step() == 0
    assert await forecaster.step() == 3


async def test_whoever_was_in_other_hands_is_not_forgotten_that_day(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    forecaster = await expect(database)
    await processing.apply(tick("2026-03-21"))
    await catch_up(database)
    async with database.unit_of_work() as unit:
        await unit.connection.execute("SELECT FROM order_forecasts WHERE customer_id = 'C-2' FOR UPDATE")
        assert await forecaster.step() == 2
        assert await forecaster.step() == 0
    assert await forecaster.step() == 1
    assert await forecaster.step() == 0
    assert {row["forecast_on"] for row in await processing.rows("order_forecasts")} == {date(2026, 3, 21)}


async def test_silence_moves_the_estimate(processing: Processing, database: Database) -> None:
    await processing.apply(tick("2026-03-17"), *HISTORY)
    forecaster = await expect(database)
    before = (await processing.rows("order_forecasts"))[0]
    await processing.apply(tick("2026-03-30"))
    await catch_up(database)
    assert await forecaster.step() == 3
    after = (await processing.rows("order_forecasts"))[0]
    assert after["expected_day"] > before["forecast_on"] + timedelta(days=13) > before["expected_day"]
    assert after["active"] < before["active"]


async def test_currencies_are_forecast_apart(processing: Processing, database: Database) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY, *_orders("C-1", range(1, 9, 3), currency="KWD"))
    await expect(database)
    rows = await processing.rows("order_forecasts", "customer_id = 'C-1'")
    assert [(row["currency"], row["days"]) for row in rows] == [("CNY", 11), ("KWD", 3)]
    assert rows[0]["population"] != rows[1]["population"]


async def test_a_population_is_fitted_anew_after_four_weeks(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    forecaster = await expect(database)
    assert not await forecaster.fit()
    await processing.apply(tick("2026-04-17"))
    await catch_up(database)
    assert await forecaster.fit()
    assert await forecaster.step() == 3
    assert len(await processing.rows("order_populations")) == 2


async def test_a_fit_may_take_longer_than_a_transaction(
    processing: Processing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends connections whose transaction waits for something else."""
    await processing.apply(tick("2026-03-20"), *HISTORY)
    await catch_up(database)
    waiting: list[int] = []
    loop = asyncio.get_running_loop()

    def watched(*arguments: Any) -> Any:
        asked = asyncio.run_coroutine_threadsafe(database.pool.fetchval(_WAITING_TRANSACTIONS), loop)
        waiting.append(asked.result(30))
        return refit(*arguments)

    monkeypatch.setattr("services.insights.expecting.refit", watched)
    assert await Forecaster(database).fit()
    assert waiting == [0]
    assert len(await processing.rows("order_populations")) == 1


_WAITING_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"""


async def test_the_first_order_ever_is_cancelled_before_a_fit(
    processing: Processing, database: Database
) -> None:
    """And that is not derived yet: there is a customer to fit, and no order of theirs."""
    await processing.apply(tick("2026-03-20"), *_orders("C-1", range(70, 71)))
    await catch_up(database)
    await processing.apply(event("order.cancelled", at=71, customer_id="C-1", order_id="C-1-70-"))
    assert await processing.rows("order_forecasts")
    assert not await Forecaster(database).fit()
    await catch_up(database)
    assert not await processing.rows("order_forecasts")
    assert not await Forecaster(database).fit()


async def test_of_two_replicas_one_fits(processing: Processing, database: Database) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    await catch_up(database)
    both = Forecaster(database), Forecaster(database)
    assert sorted(await asyncio.gather(*(one.fit() for one in both))) == [False, True]
    assert len(await processing.rows("order_populations")) == 1
    assert all(one.fitted for one in both)


async def test_a_population_of_another_format_is_fitted_anew(
    processing: Processing, database: Database
) -> None:
    await processing.apply(tick("2026-03-20"), *HISTORY)
    await expect(database)
    await database.pool.execute("UPDATE order_populations SET body = body || '{\"format\": 0}'")
    assert await Forecaster(database).fit()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE order_forecasts SET days = days + 1",
        "DELETE FROM order_forecasts",
        "UPDATE order_forecasts SET slow = slow + 0.1",
        "UPDATE order_forecasts SET log_gaps = log_gaps + 0.1",
        "UPDATE order_forecasts SET silent_since = silent_since - 1",
    ],
)
async def test_drift_is_found(processing: Processing, database: Database, tampering: str) -> None:
    await processing.apply(tick("2026-03-20"), *_orders("C-1", range(0, 71, 7)))
    await catch_up(database)
    assert (await verify(database)).problems == []
    await database.pool.execute(tampering)
    assert (await verify(database))[INVARIANTS["order_forecasts"]]
