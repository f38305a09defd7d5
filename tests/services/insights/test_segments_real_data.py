"""Values and classes of real customers equal what polars computes from the files, over a window that moves."""

import json
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from contracts.topics import consumed_by
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from deploy.feed.source import Feed
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.expected_classes import (
    LIFE,
    expected_classes,
    expected_scores,
    expected_spells,
    expected_stages,
    expected_values,
)
from tests.services.insights.expected_months import (
    expected_uci_months,
    expected_wwi_months,
    uci_orders,
    wwi_orders,
)
from tests.services.insights.processing import Processing
from tests.services.insights.segments import COLUMNS, catch_up

pytestmark = pytest.mark.data

Expected = Callable[[date], pl.DataFrame]


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def stored_spells(processing: Processing) -> pl.DataFrame:
    """Dormant spells as they are stored."""
    rows = await processing.rows("dormant_spells")
    schema = {"customer_id": pl.String} | dict.fromkeys(
        ("last_order_day", "days_on", "rhythm_on", "revived_on"), pl.Date
    )
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema).sort(
        "customer_id", "last_order_day"
    )


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


async def scores_and_stages(processing: Processing) -> tuple[pl.DataFrame, pl.DataFrame]:
    """RFM scores and tiers, and the stages of those that ever ordered."""
    scores = await processing.rows("customer_classes")
    stages = await processing.rows("customer_stages", "stage <> 'prospect'")
    schema: dict[str, Any] = dict.fromkeys(("recency", "frequency", "monetary"), pl.Int64) | {
        "tier": pl.String
    }
    return (
        pl.DataFrame(
            [[row["customer_id"], *(row[name] for name in schema)] for row in scores],
            schema={"customer_id": pl.String, **schema},
            orient="row",
        ).sort("customer_id"),
        pl.DataFrame([{"customer_id": row["customer_id"], "stage": row["stage"]} for row in stages]).sort(
            "customer_id"
        ),
    )


async def compare(
    database: Database, zone: ZoneInfo, feed: Feed, days: list[date], months: Expected, orders: Expected
) -> None:
    """Process up to the end of each day in turn, rank, and compare."""
    await database.pool.execute(
        "INSERT INTO segment_policies (version, body, reason, at) VALUES (1, $1, '', now())",
        json.dumps({"window_months": 1, "life_cycle": LIFE}),
    )
    processing = await Processing.on(database, zone)
    consumed = consumed_by("insights")
    events = (event for event in feed.events if event.data.TOPIC in consumed)
    waiting = [next(events)]
    previous: pl.DataFrame | None = None
    ended: date | None = None
    seen: set[str] = set()
    silences: set[str] = set()
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
        scores, stages = await scores_and_stages(processing)
        ordered = orders(day)
        assert scores.equals(expected_scores(expected, ordered).select(scores.columns))
        assert stages.equals(expected_stages(ordered, day))
        seen |= set(stages["stage"])
        spells = expected_spells(ordered, day)
        assert (await stored_spells(processing)).equals(spells)
        silences |= {
            name for name in ("days_on", "rhythm_on", "revived_on") if spells[name].is_not_null().any()
        }
        assert (await verify(database)).problems == []
    assert {"new", "familiar", "dormant", "revived"} <= seen
    assert {"days_on", "revived_on"} <= silences


async def test_online_retail(database: Database, data: Path) -> None:
    days = [date(2009, 12, 9), date(2009, 12, 12), date(2009, 12, 20), date(2010, 1, 8)]
    file = data / f"{UCI}.parquet"
    feed = uci.feed(data, uci.UciOptions(until=days[-1]))
    await compare(
        database, uci.ZONE, feed, days, partial(expected_uci_months, file), partial(uci_orders, file)
    )


async def test_wide_world_importers(database: Database, data: Path) -> None:
    days = [date(2013, 1, 12), date(2013, 1, 16), date(2013, 2, 10)]
    feed = wwi.feed(data, wwi.WwiOptions(until=days[-1]))
    await compare(
        database, wwi.ZONE, feed, days, partial(expected_wwi_months, data), partial(wwi_orders, data)
    )
