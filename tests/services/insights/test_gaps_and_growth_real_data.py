"""Gaps of the month and growth candidates of real customers equal what polars computes from the files."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from sqlalchemy import select

from contracts.topics import consumed_by
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from deploy.feed.source import Feed
from services.insights.expecting import Forecaster
from services.insights.forecasting import arrays_of, forecast, state_of
from services.insights.rules.windows import month_after
from services.insights.store import forecast_reads
from services.insights.store.growth_reads import growing
from services.insights.store.order_days import populations
from services.insights.store.policies import policy_in_force
from services.insights.store.segment_reads import Filter
from services.kit.database import Database
from tests.services.insights.expected_classes import expected_classes, expected_values
from tests.services.insights.expected_months import (
    expected_uci_months,
    expected_wwi_months,
    uci_order_days,
    wwi_order_days,
)
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up

pytestmark = [pytest.mark.data, pytest.mark.slow]

LEAST_TREND, FULL_TREND, LEAST_ORDERS = 0.2, 1.0, 2
WEIGHTS = {"trend": 3, "reach": 3, "profit": 2, "breadth": 1}
POLICY = {"window_months": 1, "growing": {"months": 1, "least_orders": LEAST_ORDERS}}


@dataclass(frozen=True)
class Company:
    """A public data set, its events up to a day, and what polars says of it."""

    feed: Feed
    zone: ZoneInfo
    currency: str
    day: date
    months: pl.DataFrame
    days: pl.DataFrame


def online_retail(folder: Path) -> Company:
    day, file = date(2010, 2, 5), folder / f"{UCI}.parquet"
    feed = uci.feed(folder, uci.UciOptions(until=day))
    return Company(feed, uci.ZONE, "GBP", day, expected_uci_months(file, day), uci_order_days(file, day))


def importers(folder: Path) -> Company:
    day = date(2013, 3, 4)
    feed = wwi.feed(folder, wwi.WwiOptions(until=day))
    return Company(feed, wwi.ZONE, "USD", day, expected_wwi_months(folder, day), wwi_order_days(folder, day))


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def process(database: Database, company: Company) -> None:
    """Apply everything, derive, rank and forecast."""
    await database.pool.execute(
        "INSERT INTO segment_policies (version, body, reason, at) VALUES (1, $1, '', now())",
        json.dumps(POLICY),
    )
    processing = await Processing.on(database, company.zone)
    consumed = consumed_by("insights")
    events = (event for event in company.feed.events if event.data.TOPIC in consumed)
    while batch := list(islice(events, 1_000)):
        await processing.apply(*batch)
    await catch_up(database)
    forecaster = Forecaster(database)
    await forecaster.fit()
    while await forecaster.step():
        pass


async def forecasts_from_the_file(database: Database, company: Company) -> pl.DataFrame:
    """Return what is expected in the rest of the month and in 90 days, by the fitted population."""
    histories: dict[str, list[tuple[int, int]]] = {}
    for customer_id, day, value in company.days.iter_rows():
        histories.setdefault(customer_id, []).append((day.toordinal(), value))
    states = [state for history in histories.values() if (state := state_of(history)) is not None]
    assert len(states) == len(histories)
    async with database.unit_of_work() as unit:
        population, _ = (await populations(unit.connection))[company.currency]
    rest = (month_after(company.day, 1) - company.day).days - 1
    month, far = (
        forecast(arrays_of(states), population, company.day.toordinal(), horizon) for horizon in (rest, 90)
    )
    return pl.DataFrame(
        {
            "customer_id": list(histories),
            "rest_orders": month.orders,
            "rest_amount": month.amount,
            "amount_90": far.amount,
        }
    )


def expected_gaps(company: Company, forecasts: pl.DataFrame) -> pl.DataFrame:
    this, last = company.day.replace(day=1), month_after(company.day, -1)

    def of(month: date, name: str) -> pl.DataFrame:
        found = company.days.filter(pl.col("day").dt.truncate("1mo") == month)
        return found.group_by("customer_id").agg(
            pl.len().alias(f"{name}orders"), pl.sum("value").alias(f"{name}amount")
        )

    return (
        forecasts.join(of(this, ""), on="customer_id", how="left")
        .join(of(last, "last_"), on="customer_id", how="left")
        .fill_null(0)
        .with_columns(
            pl.lit(0).alias("year_orders"),
            pl.lit(0).alias("year_amount"),
            (pl.col("orders") + pl.col("rest_orders")).alias("expected_orders"),
            (pl.col("amount") + pl.col("rest_amount")).alias("expected_amount"),
            pl.col("rest_orders").alias("gap_orders"),
            pl.col("rest_amount").alias("gap_amount"),
            (-pl.col("orders").cast(pl.Int64)).alias("year_gap_orders"),
            (-pl.col("amount")).alias("year_gap_amount"),
        )
        .drop("amount_90")
    )


def percent_rank(column: str) -> pl.Expr:
    """Return the share of the others that are below, as SQL defines it."""
    others = pl.col(column).count() - 1
    return pl.when(pl.col(column).is_not_null()).then(
        pl.when(others > 0).then((pl.col(column).rank("min") - 1) / others).otherwise(0.0)
    )


def compared_months(company: Company) -> pl.DataFrame:
    """Orders, amounts less returns and profit of the month before this one, and amounts of the one before that."""
    this = company.day.replace(day=1)
    months = with_every_column(company.months)
    net = pl.col("amount") - pl.col("returned")

    def of(month: date) -> pl.DataFrame:
        return months.filter(pl.col("month") == month)

    recent = of(month_after(this, -1)).select(
        "customer_id",
        pl.col("orders").alias("recent_orders"),
        net.alias("recent"),
        pl.when(pl.col("costed") > 0).then(pl.col("costed") - pl.col("cost")).alias("profit"),
    )
    earlier = of(month_after(this, -2)).select("customer_id", net.alias("earlier"))
    return recent.join(earlier, on="customer_id", how="full", coalesce=True).with_columns(
        pl.col("recent_orders", "recent", "earlier").fill_null(0)
    )


def with_every_column(months: pl.DataFrame) -> pl.DataFrame:
    missing = {"returned", "costed", "cost"} - set(months.columns)
    return months.with_columns(*(pl.lit(0, pl.Int64).alias(name) for name in sorted(missing)))


def expected_candidates(company: Company, forecasts: pl.DataFrame) -> pl.DataFrame:
    sums = compared_months(company)
    company_growth = int(sums["recent"].sum()) / int(sums["earlier"].sum())
    company_profit = int(sums["profit"].fill_null(0).clip(0).sum())
    values = expected_values(with_every_column(company.months), company.day.replace(day=1))
    classes = expected_classes(values)
    big = values.join(classes.select("customer_id", pl.col("amount").alias("class")), on="customer_id")
    least = big.filter(pl.col("class") == "A")["amount"].min()
    assert isinstance(least, int)
    placed = (
        sums.filter(pl.col("recent_orders") > 0)
        .join(
            big.select("customer_id", "products", "class", window_amount="amount"),
            on="customer_id",
            how="left",
        )
        .join(forecasts.select("customer_id", "amount_90"), on="customer_id", how="left")
        .with_columns(pl.col("products", "window_amount").fill_null(0))
        .with_columns(
            percent_rank("products").alias("breadth_points"), percent_rank("profit").alias("profit_points")
        )
        .with_columns(
            pl.when(pl.col("earlier") > 0)
            .then(pl.col("recent") / pl.col("earlier") / company_growth - 1)
            .alias("trend"),
            (pl.col("amount_90") * (365 / 12 / 90) / least).alias("reach"),
            (pl.col("profit") / company_profit if company_profit else pl.lit(None, pl.Float64)).alias(
                "profit_share"
            ),
        )
        .filter(
            pl.col("recent") > 0,
            pl.col("recent_orders") >= LEAST_ORDERS,
            pl.col("class").ne_missing("A"),
            pl.col("trend").is_null() | (pl.col("trend") >= LEAST_TREND),
        )
        .with_columns(
            pl.when(pl.col("trend").is_null())
            .then(1.0)
            .otherwise(pl.col("trend").clip(0) / FULL_TREND)
            .clip(upper_bound=1)
            .alias("trend_points"),
            pl.col("reach").clip(upper_bound=1).alias("reach_points"),
        )
    )
    points = [(pl.col(f"{name}_points"), weight) for name, weight in WEIGHTS.items()]
    total = sum((p.fill_null(0) * w for p, w in points), pl.lit(0.0))
    weight = sum((p.is_not_null().cast(pl.Int64) * w for p, w in points), pl.lit(0))
    return placed.with_columns((100 * total / weight).alias("score"), pl.col("class").alias("amount_class"))


def compare(found: list[dict[str, Any]], expected: pl.DataFrame, names: list[str]) -> None:
    wanted = {row["customer_id"]: row for row in expected.iter_rows(named=True)}
    assert sorted(row["customer_id"] for row in found) == sorted(wanted)
    for row in found:
        mine = wanted[row["customer_id"]]
        for name in names:
            value, near = row[name], mine[name]
            if isinstance(near, int | float):
                # What is forecast is stored in whole minor units.
                near = pytest.approx(near, rel=1e-4, abs=1 if "amount" in name else 1e-4)
                value = float(value)
            assert value == near, (row["customer_id"], name)


@pytest.mark.parametrize("company_of", [online_retail, importers])
async def test_gaps_and_growth(database: Database, data: Path, company_of: Callable[[Path], Company]) -> None:
    company = company_of(data)
    await process(database, company)
    forecasts = await forecasts_from_the_file(database, company)
    wanted = Filter(company.currency, company.day)
    async with database.unit_of_work() as unit:
        rule = (await policy_in_force(unit.connection)).policy
    async with database.engine.connect() as connection:
        gaps = (await connection.execute(select(forecast_reads.gaps(wanted)))).mappings().all()
        candidates = (await connection.execute(select(growing(wanted, rule)))).mappings().all()

    expected = expected_gaps(company, forecasts)
    assert len(expected) > 150
    compare([dict(row) for row in gaps], expected, [n for n in expected.columns if n != "customer_id"])

    growth = expected_candidates(company, forecasts)
    assert len(growth) > 5
    names = [
        "score",
        "amount_class",
        "recent_orders",
        "recent",
        "earlier",
        "trend",
        "products",
        "window_amount",
    ]
    names += ["profit", "profit_share", "reach", *(f"{name}_points" for name in WEIGHTS)]
    compare([dict(row) for row in candidates], growth, names)
