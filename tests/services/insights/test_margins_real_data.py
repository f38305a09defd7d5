"""Margins of real customers and products equal what polars computes from the files."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import select

from deploy.feed import uci, wwi
from deploy.feed.data_folder import UCI
from services.insights.store.margin_reads import By, Scope, margins
from services.insights.store.reads import Span, Who
from services.kit.database import Database
from tests.services.insights.expected_months import expected_uci_months, expected_wwi_months
from tests.services.insights.test_real_data import data, process

__all__ = ["data"]
pytestmark = pytest.mark.data


async def _found(database: Database, currency: str, by: By) -> dict[str, tuple[int, int, int | None]]:
    found = margins(Scope(currency, Span(), Who()), by)
    async with database.engine.connect() as connection:
        rows = (await connection.execute(select(found))).all()
    return {row.key: (row.costed, row.cost, row.profit) for row in rows}


def _wwi_products(folder: Path, until: date) -> dict[str, tuple[int, int, int | None]]:
    def cents(column: str) -> pl.Expr:
        return (pl.col(column) * 100).round(0).cast(pl.Int64)

    quantity = pl.col("Quantity").cast(pl.Int64)
    orders = pl.scan_parquet(folder / "wwi_sales_orders.parquet").filter(
        pl.col("OrderDate").dt.date() <= until
    )
    cost = pl.scan_parquet(folder / "wwi_warehouse_stock_item_cost.parquet")
    sums = (
        pl.scan_parquet(folder / "wwi_sales_order_lines.parquet")
        .join(orders.select("OrderID"), on="OrderID")
        .join(cost.select("StockItemID", cents("LastCostPrice").alias("each")), on="StockItemID")
        .group_by("StockItemID")
        .agg(
            (quantity * cents("UnitPrice")).sum().alias("sold"),
            (quantity * pl.col("each")).sum().alias("cost"),
        )
        .collect()
    )
    return {f"wwi-{item}": (sold, cost, sold - cost) for item, sold, cost in sums.iter_rows()}


async def test_wide_world_importers(database: Database, data: Path) -> None:
    until = date(2013, 1, 20)
    await process(database, wwi.ZONE, wwi.feed(data, wwi.WwiOptions(until=until)).events)
    months = expected_wwi_months(data, until).filter(pl.col("orders") > 0)
    for by, key in (("customer", pl.col("customer_id")), ("month", pl.col("month").dt.strftime("%Y-%m"))):
        sums = months.group_by(key.alias("key")).agg(pl.sum("costed"), pl.sum("cost"))
        expected = {k: (costed, cost, costed - cost) for k, costed, cost in sums.iter_rows()}
        assert await _found(database, "USD", by) == expected  # type: ignore[arg-type]
    products = await _found(database, "USD", "product")
    assert len(products) > 100
    assert products == _wwi_products(data, until)


async def test_online_retail_where_no_cost_is_known(database: Database, data: Path) -> None:
    until = date(2009, 12, 6)
    await process(database, uci.ZONE, uci.feed(data, uci.UciOptions(until=until)).events)
    found = await _found(database, "GBP", "customer")
    assert set(found) == set(expected_uci_months(data / f"{UCI}.parquet", until)["customer_id"])
    assert set(found.values()) == {(0, 0, None)}
