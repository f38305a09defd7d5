"""What salespeople of real companies did equals what polars computes from the files."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest
from sqlalchemy import select

from deploy.feed import wwi
from services.insights.rules.performance import Performance
from services.insights.store.dated_policies import add_policy
from services.insights.store.performance_reads import performance
from services.kit.database import Database
from tests.services.insights.test_real_data import data, process

__all__ = ["data"]
pytestmark = pytest.mark.data

UNTIL = date(2013, 2, 10)
OWNER_PERCENT = 60


def _wwi_sales(folder: Path) -> pl.DataFrame:
    """One row per line: month, who looks after the customer, who sold, net, gross and profit in cents."""

    def cents(column: str) -> pl.Expr:
        return (pl.col(column) * 100).round(0).cast(pl.Int64)

    def file(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"wwi_{name}.parquet")

    shops = file("sales_customers").select("CustomerID", "BillToCustomerID")
    orders = file("sales_orders").filter(pl.col("OrderDate").dt.date() <= UNTIL).join(shops, on="CustomerID")
    first = orders.sort("OrderID").group_by("CustomerID", maintain_order=True).first()
    owners = first.select(
        pl.col("CustomerID").alias("BillToCustomerID"), pl.col("SalespersonPersonID").alias("owner")
    )
    net = pl.col("Quantity").cast(pl.Int64) * cents("UnitPrice")
    tax = (net * pl.col("TaxRate")).cast(pl.Int64)
    cost = file("warehouse_stock_item_cost").select("StockItemID", cents("LastCostPrice").alias("each"))
    return (
        file("sales_order_lines")
        .join(orders, on="OrderID")
        .join(owners, on="BillToCustomerID", how="left")
        .join(cost, on="StockItemID")
        .select(
            pl.col("OrderDate").dt.strftime("%Y-%m").alias("month"),
            pl.col("BillToCustomerID").alias("customer"),
            "owner",
            pl.col("SalespersonPersonID").alias("seller"),
            (net + tax // 100 + (tax % 100 >= 50).cast(pl.Int64)).alias("gross"),
            (net - pl.col("each") * pl.col("Quantity").cast(pl.Int64)).alias("profit"),
        )
        .collect()
    )


def _expected(lines: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Month and salesperson to sales and profit, each share cut to whole cents, the rest for the seller."""
    totals: dict[tuple[str, str], list[int]] = {}
    for row in (
        lines.group_by("month", "owner", "seller").agg(pl.sum("gross", "profit")).iter_rows(named=True)
    ):
        alone = row["owner"] is None or row["owner"] == row["seller"]
        for at, whole in enumerate((row["gross"], row["profit"])):
            part = 0 if alone else abs(whole) * OWNER_PERCENT // 100 * (1 if whole >= 0 else -1)
            for person, share in ((row["owner"], part), (row["seller"], whole - part)):
                if person is not None:
                    totals.setdefault((row["month"], f"wwi-s{person}"), [0, 0])[at] += share
    return {key: (sales, profit) for key, (sales, profit) in totals.items()}


def _assigned(folder: Path) -> dict[tuple[str, str], int]:
    """Month and salesperson to customers: whoever took a customer's first order looks after it from its opening on."""
    orders = pl.read_parquet(folder / "wwi_sales_orders.parquet").filter(
        pl.col("OrderDate").dt.date() <= UNTIL
    )
    first = orders.sort("OrderID").unique("CustomerID", keep="first")
    opened = pl.read_parquet(folder / "wwi_sales_customers.parquet").join(first, on="CustomerID")
    found: dict[tuple[str, str], int] = {}
    for month, last in (("2013-01", date(2013, 1, 31)), ("2013-02", UNTIL)):
        mine = (
            opened.filter(pl.col("AccountOpenedDate").dt.date() <= last).group_by("SalespersonPersonID").len()
        )
        found |= {(month, f"wwi-s{person}"): n for person, n in mine.iter_rows()}
    return found


async def test_wide_world_importers(database: Database, data: Path) -> None:
    await process(database, wwi.ZONE, wwi.feed(data, wwi.WwiOptions(until=UNTIL)).events)
    async with database.unit_of_work() as unit:
        body = msgspec.json.encode(Performance(owner_percent=OWNER_PERCENT)).decode()
        at = datetime(2013, 1, 1, tzinfo=UTC)
        await add_policy(unit.connection, "performance", date(2012, 1, 1), body, by="m", reason="-", at=at)
    found = performance("USD", UNTIL, date(2013, 1, 1), date(2013, 2, 1), None)
    async with database.engine.connect() as connection:
        rows = (await connection.execute(select(found))).all()
    lines = _wwi_sales(data)
    sales = {(r.month, r.salesperson_id): (r.sales, r.profit or 0) for r in rows if r.sales}
    assert len(sales) == 20
    assert sales == _expected(lines)
    ordering = lines.filter(pl.col("owner").is_not_null()).unique(["month", "owner", "customer"])
    active = {(m, f"wwi-s{o}"): n for m, o, n in ordering.group_by("month", "owner").len().iter_rows()}
    assert {(r.month, r.salesperson_id): r.active for r in rows if r.active} == active
    assigned = {(r.month, r.salesperson_id): r.assigned for r in rows if r.assigned}
    assert assigned == _assigned(data)
    one = performance("USD", UNTIL, date(2013, 1, 1), date(2013, 2, 1), "wwi-s2")
    async with database.engine.connect() as connection:
        alone = (await connection.execute(select(one))).all()
    assert sorted(alone) == sorted(r for r in rows if r.salesperson_id == "wwi-s2")
