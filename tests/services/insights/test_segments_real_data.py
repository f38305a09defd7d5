"""Values and classes of real customers equal what polars computes from the files, over a window that moves."""

from collections.abc import Callable
from datetime import date
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from contracts.topics import consumed_by
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from deploy.feed.source import Feed
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.expected_classes import expected_classes, expected_values
from tests.services.insights.expected_months import expected_uci_months, expected_wwi_months
from tests.services.insights.processing import Processing
from tests.services.insights.segments import COLUMNS, catch_up

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def stored(processing: Processing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Values, quantities in whole units, and classes."""
    rows = await processing.rows("customer_values")
    names = ["customer_id", *COLUMNS]
    values = pl.DataFrame(
        [[row["customer_id"], *(row[column] for column in COLUMNS.values())] for row in rows],
        schema=[("customer_id", pl.String), *((name, pl.Int64) for name in COLUMNS)],
        orient="row",
    )
    classes = await processing.rows("customer_classes")
    return (
        values.with_columns(pl.col("quantity") // 1_000).sort("customer_id"),
        pl.DataFrame(
            [[row["customer_id"], *(row[f"{d}_class"] for d in COLUMNS), row["overall"]] for row in classes],
            schema=[(name, pl.String) for name in [*names, "overall"]],
            orient="row",
        ).sort("customer_id"),
    )


async def compare(
    database: Database, zone: ZoneInfo, feed: Feed, days: list[date], months: Callable[[date], pl.DataFrame]
) -> None:
    """Process up to the end of each day in turn, rank, and compare."""
    await database.pool.execute(
        """INSERT INTO segment_policies (version, body, reason, at) VALUES (1, '{"window_months": 1}', '', now())"""
    )
    processing = await Processing.on(database, zone)
    consumed = consumed_by("insights")
    events = (event for event in feed.events if event.data.TOPIC in consumed)
    waiting = [next(events)]
    previous: pl.DataFrame | None = None
    ended: date | None = None
    for day in days:

        def of_time(event: object, day: date = day) -> bool:
            if event.occurred_at.astimezone(zone).date() <= day:  # type: ignore[attr-defined]
                return True
            waiting.append(event)  # type: ignore[arg-type]
            return False

        first = waiting.pop()
        due = takewhile(of_time, events)
        await processing.apply(first)
        while batch := list(islice(due, 1_000)):
            await processing.apply(*batch)
        await catch_up(database)
        values, classes = await stored(processing)
        expected = expected_values(months(day), day.replace(day=1))
        assert len(expected) > 50
        assert values.equals(expected.select(values.columns))
        if ended is not None and ended < day.replace(day=1):
            # The month that is over was ranked as of its end, with everything that happened in it.
            previous = expected_classes(expected_values(months(day), ended), previous)
        ended = day.replace(day=1)
        in_classes = expected_classes(expected, previous)
        assert classes.equals(in_classes.select(classes.columns))
        if previous is not None:
            assert not in_classes.equals(expected_classes(expected))  # something was kept
        previous = in_classes
        assert (await verify(database)).problems == []


async def test_online_retail(database: Database, data: Path) -> None:
    days = [date(2009, 12, 9), date(2009, 12, 12), date(2009, 12, 20), date(2010, 1, 8)]
    feed = uci.feed(data, uci.UciOptions(until=days[-1]))
    await compare(
        database, uci.ZONE, feed, days, lambda day: expected_uci_months(data / f"{UCI}.parquet", day)
    )


async def test_wide_world_importers(database: Database, data: Path) -> None:
    days = [date(2013, 1, 12), date(2013, 1, 16), date(2013, 2, 10)]
    feed = wwi.feed(data, wwi.WwiOptions(until=days[-1]))
    await compare(database, wwi.ZONE, feed, days, lambda day: expected_wwi_months(data, day))
