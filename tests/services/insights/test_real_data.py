"""The months of real customers equal what polars computes from the files, which shares no code with the service."""

from collections.abc import Iterable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from contracts.envelope import Event
from contracts.topics import consumed_by
from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI, data_folder
from services.insights.verify import verify
from services.kit.database import Database
from tests.services.insights.expected_months import expected_uci_months, expected_wwi_months
from tests.services.insights.processing import Processing

pytestmark = pytest.mark.data

BATCH_EVENTS = 1_000


@pytest.fixture(scope="module")
def data() -> Path:
    folder = data_folder()
    if not (folder / f"{UCI}.parquet").is_file():
        pytest.skip(f"no public data in {folder}; set TALLYMAN_DATA to the folder that holds it")
    return folder


async def process(database: Database, zone: ZoneInfo, events: Iterable[Event[Any]]) -> Processing:
    processing = await Processing.on(database, zone)
    consumed = consumed_by("insights")
    remaining = (event for event in events if event.data.TOPIC in consumed)
    while batch := list(islice(remaining, BATCH_EVENTS)):
        await processing.apply(*batch)
    assert await processing.refusals() == []
    return processing


async def months(processing: Processing, names: dict[str, str]) -> pl.DataFrame:
    """Stored months, quantities in whole units."""
    rows = await processing.rows("customer_months")
    frame = pl.DataFrame([{"customer_id": row["customer_id"], "month": row["month"]} | row for row in rows])
    assert all(row["quantity_milli"] % 1_000 == 0 for row in rows)
    columns = [
        (pl.col(stored) // 1_000 if "quantity" in stored else pl.col(stored)).alias(name)
        for name, stored in names.items()
    ]
    return frame.select("customer_id", "month", *columns).sort("customer_id", "month")


async def test_wide_world_importers(database: Database, data: Path) -> None:
    until = date(2013, 2, 10)
    feed = wwi.feed(data, wwi.WwiOptions(until=until))
    processing = await process(database, wwi.ZONE, feed.events)
    found = await months(
        processing,
        {
            "orders": "orders",
            "amount": "amount_minor",
            "quantity": "quantity_milli",
            "distinct_products": "distinct_products",
            "costed": "costed_minor",
            "cost": "cost_minor",
            "collected": "collected_minor",
        },
    )
    expected = expected_wwi_months(data, until)
    assert len(expected) > 200
    assert found.equals(expected.select(found.columns))
    assert (await verify(database)).problems == []


async def test_online_retail(database: Database, data: Path) -> None:
    until = date(2010, 1, 8)
    feed = uci.feed(data, uci.UciOptions(until=until))
    processing = await process(database, uci.ZONE, feed.events)
    found = await months(
        processing,
        {
            "orders": "orders",
            "amount": "amount_minor",
            "quantity": "quantity_milli",
            "distinct_products": "distinct_products",
            "returned": "returned_minor",
            "returned_quantity": "returned_quantity_milli",
        },
    )
    expected = expected_uci_months(data / f"{UCI}.parquet", until)
    assert len(expected) > 900
    assert found.equals(expected.select(found.columns))
    assert (await verify(database)).problems == []
