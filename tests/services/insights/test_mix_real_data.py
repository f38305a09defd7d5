"""Mix and stopped products of real customers equal what polars computes from the files, also when the day moves on."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI
from deploy.feed.source import Feed
from services.insights.rules.mix import Comparison, Group
from services.insights.store.mix import InForce, insert_comparison
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.events import tick
from tests.services.insights.expected_mix import expected_mix, expected_stopped, uci_goods, wwi_lines
from tests.services.insights.expected_months import uci_orders, wwi_orders
from tests.services.insights.processing import Processing
from tests.services.insights.segments import catch_up
from tests.services.insights.test_real_data import data, process

__all__ = ["data"]
pytestmark = pytest.mark.data

GAPS, LEAST = 1, 2


async def _set(database: Database, comparison: Comparison) -> None:
    await database.pool.execute(
        "INSERT INTO segment_policies (version, body, reason, at) VALUES (1, $1, '', now())",
        json.dumps({"stopped": {"gaps": GAPS, "least_purchases": LEAST, "window_months": 2}}),
    )
    async with database.unit_of_work() as unit:
        given = InForce("both", 1, comparison)
        at = datetime(2020, 1, 1, tzinfo=UTC)
        await insert_comparison(unit.connection, given, active=True, by="m", reason="r", at=at)


async def _stored(processing: Processing) -> tuple[pl.DataFrame, pl.DataFrame]:
    mixed = await processing.rows("customer_mix")
    stopped = await processing.rows("stopped_products")
    names = {n: n for n in ("customer_id", "product_id", "purchases", "first_day", "last_day")}
    names |= {"year": "year_minor", "since": "ordered_since"}
    return (
        pl.DataFrame(
            [(row["customer_id"], row["one_minor"], row["two_minor"]) for row in mixed],
            schema={"customer_id": pl.String, "one": pl.Int64, "two": pl.Int64},
            orient="row",
        ).sort("customer_id"),
        pl.DataFrame([{name: row[column] for name, column in names.items()} for row in stopped]).sort(
            "customer_id", "product_id"
        ),
    )


async def compare(
    database: Database,
    zone: ZoneInfo,
    feed: Feed,
    lines: pl.DataFrame,
    orders: pl.DataFrame,
    windows: list[tuple[date, date]],
    groups: tuple[pl.Expr, pl.Expr],
) -> None:
    """Process everything; compare as of the last day, and when time alone has moved on to another month."""
    processing = await process(database, zone, feed.events)
    for first, day in windows:
        await processing.apply(tick(day.isoformat()))
        await catch_up(database)
        mixed, stopped = await _stored(processing)
        expected = expected_mix(lines, first, day, *groups)
        assert len(expected) > 100
        assert mixed.equals(expected)
        expected = expected_stopped(lines, orders, first, day, LEAST, GAPS)
        assert len(expected) > 20
        assert stopped.equals(expected.select(stopped.columns))
        assert (await verify(database)).problems == []


async def test_wide_world_importers_by_category(database: Database, data: Path) -> None:
    until = date(2013, 1, 31)
    feed = wwi.feed(data, wwi.WwiOptions(until=until))
    groups = Group("wear", ("T-Shirts", "Clothing")), Group("packaging", ("Packaging Materials",))
    await _set(database, Comparison("n", *groups, target_percent=20, window_months=2))
    await compare(
        database,
        wwi.ZONE,
        feed,
        wwi_lines(data, until),
        wwi_orders(data, until),
        [(date(2012, 12, 1), until), (date(2013, 1, 1), date(2013, 2, 10))],
        (
            pl.col("category").is_in(["T-Shirts", "Clothing"]),
            pl.col("category") == "Packaging Materials",
        ),
    )


async def test_online_retail_with_returns_against_everything_else(database: Database, data: Path) -> None:
    until = date(2010, 1, 8)
    lines = uci_goods(data / f"{UCI}.parquet", until)
    launch = pl.col("product_id").str.starts_with("uci-8")
    ids = lines.filter(launch)["product_id"].unique().sort().to_list()
    groups = Group("rest", everything_else=True), Group("launch", product_ids=tuple(ids))
    await _set(database, Comparison("n", *groups, target_percent=20, window_months=2))
    feed = uci.feed(data, uci.UciOptions(until=until))
    windows = [(date(2009, 12, 1), until), (date(2010, 1, 1), date(2010, 2, 1))]
    await compare(
        database,
        uci.ZONE,
        feed,
        lines,
        uci_orders(data / f"{UCI}.parquet", until),
        windows,
        (~launch, launch),
    )
