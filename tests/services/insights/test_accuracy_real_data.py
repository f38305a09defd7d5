"""Measures of forecasts of real customers, day by day beside the stream, equal those computed from the file."""

from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from contracts.topics import consumed_by
from deploy.feed import uci
from deploy.feed.data_folder import UCI, data_folder
from services.insights.accuracy import settle
from services.insights.expecting import Forecaster
from services.insights.store.accuracy_reads import accuracy_by_month
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.events import tick
from tests.services.insights.expected_months import uci_order_days
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up

pytestmark = pytest.mark.data
FROM, UNTIL = date(2010, 1, 25), date(2010, 3, 2)


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def _forecast(forecaster: Forecaster, database: Database) -> None:
    await catch_up(database)
    if not forecaster.fitted:
        await forecaster.fit()
    while await forecaster.step():
        pass
    await catch_up(database)


async def _replay(database: Database, data: Path) -> Processing:
    processing = await Processing.on(database, uci.ZONE)
    consumed = consumed_by("insights")
    feed = uci.feed(data, uci.UciOptions(until=UNTIL))
    events = (event for event in feed.events if event.data.TOPIC in consumed)
    forecaster, held, day = Forecaster(database), [], None
    for event in events:
        on = event.occurred_at.astimezone(uci.ZONE).date()
        if day is not None and on > day and held:
            while batch := list(islice(held, 1_000)):
                await processing.apply(*batch)
                held = held[1_000:]
            if day >= FROM:
                await _forecast(forecaster, database)
        held.append(event)
        day = on
    await processing.apply(*held)
    await processing.apply(tick(UNTIL.isoformat()))
    await _forecast(forecaster, database)
    return processing


def _measured(errors: pl.DataFrame) -> tuple[Any, ...]:
    error = errors["guess"].cast(pl.Float64) - errors["truth"].cast(pl.Float64)
    return (
        len(errors),
        error.abs().mean(),
        error.abs().quantile(0.5, "lower"),
        (error**2).mean() ** 0.5,  # type: ignore[operator]
        error.mean(),
    )


async def test_online_retail(database: Database, data: Path) -> None:
    processing = await _replay(database, data)
    await settle(database)
    assert (await verify(database)).problems == []
    async with database.unit_of_work() as unit:
        rows = await accuracy_by_month(unit.connection, date(2010, 2, 1), date(2010, 2, 28), "GBP")
    found = {(row["about"], row["method"]): row for row in rows}

    days = uci_order_days(data / f"{UCI}.parquet", UNTIL)
    gap = pl.col("day").diff().dt.total_days().over("customer_id")
    history = days.with_columns(
        truth=-pl.col("day").diff(-1).dt.total_days().over("customer_id"),
        came=pl.col("day").shift(-1).over("customer_id"),
        gap=gap,
        mean=gap.cum_sum().over("customer_id") / gap.cum_count().over("customer_id"),
    )
    kept = pl.DataFrame(await processing.rows("awaited_orders"))
    awaited = kept.join(history, left_on=["customer_id", "last_order_day"], right_on=["customer_id", "day"])
    assert len(awaited) == len(kept) > 500
    # Everybody with an order day since the forecasts began is awaited from the evening of it.
    since = days.filter(pl.col("day").is_between(FROM + timedelta(days=1), UNTIL))
    assert set(zip(since["customer_id"], since["day"], strict=True)) <= set(
        zip(kept["customer_id"], kept["last_order_day"], strict=True)
    )
    came = awaited.filter(pl.col("came").is_between(date(2010, 2, 1), date(2010, 2, 28)))
    guesses = {
        "forecast": (pl.col("expected_day") - pl.col("last_order_day")).dt.total_days(),
        "own_mean_gap": (pl.col("mean") + 0.5).floor().clip(1),
    }
    for method, guess in guesses.items():
        errors = came.with_columns(guess=guess).filter(
            pl.col("guess").is_not_null() & pl.col("guess").is_not_nan()
        )
        row = found["next_order_day", method]
        ours = (row["n"], row["mae"], row["median"], row["rmse"], row["bias"])
        assert [float(x) for x in ours] == pytest.approx(_measured(errors), rel=1e-9), method
    inside = came.select(pl.col("came").is_between("earliest", "latest").mean()).item()
    assert float(found["next_order_day", "forecast"]["coverage"]) == pytest.approx(inside)

    february = (
        days.filter(pl.col("day").dt.month() == 2)
        .group_by("customer_id")
        .agg(truth=pl.len(), worth=pl.sum("value"))
    )
    january = days.filter((pl.col("day").dt.month() == 1) & (pl.col("day").dt.year() == 2010))
    before = january.group_by("customer_id").agg(last=pl.len())
    asked = days.filter(pl.col("day") < date(2010, 2, 1)).select("customer_id").unique()
    months = pl.DataFrame(await processing.rows("forecast_months", "month = '2010-02-01'"))
    assert set(months["customer_id"]) == set(asked["customer_id"])
    joined = months.join(february, "customer_id", "left").join(before, "customer_id", "left").fill_null(0)
    for method, column in (("forecast", "orders"), ("last_month", "last")):
        row = found["month_orders", method]
        ours = (row["n"], row["mae"], row["median"], row["rmse"], row["bias"])
        errors = joined.select(guess=column, truth="truth")
        assert [float(x) for x in ours] == pytest.approx(_measured(errors), rel=1e-9), method
    row = found["month_amount", "forecast"]
    assert float(row["mae"]) == pytest.approx((joined["amount"] - joined["worth"]).abs().mean())
    assert found["month_orders", "forecast"]["rmse"] < found["month_orders", "last_month"]["rmse"]
