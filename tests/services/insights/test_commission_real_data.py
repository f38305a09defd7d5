"""Commission of a real company equals what is computed from the files with polars, per invoice and salesperson."""

from collections import defaultdict
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import msgspec
import polars as pl
import pytest

from deploy.feed import wwi
from services.insights.deriving import Deriver
from services.insights.rules.margin_tiers import MarginTier, TierPolicy
from services.insights.rules.performance import Performance
from services.insights.store.dated_policies import Kind, add_policy
from services.insights.tiering import TierKeeper
from services.kit.database import Database
from tests.services.insights.test_real_data import data, process

__all__ = ["data"]
pytestmark = pytest.mark.data

UNTIL = date(2013, 2, 10)
BOUNDS, OWNER_PERCENT = ((Fraction(60, 100), 30_000), (Fraction(50, 100), 20_000), (None, 5_000)), 60
TIERS = TierPolicy(
    tiers=(MarginTier("high", "60", "3"), MarginTier("middle", "50", "2"), MarginTier("low", None, "0.5"))
)


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round(0).cast(pl.Int64)


def _lines(folder: Path) -> pl.DataFrame:
    """Products of invoices and of orders, with what they cost."""

    def file(name: str) -> pl.DataFrame:
        return pl.read_parquet(folder / f"wwi_{name}.parquet")

    cost = file("warehouse_stock_item_cost").select("StockItemID", _cents("LastCostPrice").alias("each"))
    orders = file("sales_orders").filter(pl.col("OrderDate").dt.date() <= UNTIL)
    first = orders.sort("OrderID").unique("CustomerID", keep="first")
    owners = first.select(
        pl.col("CustomerID").alias("BillToCustomerID"), pl.col("SalespersonPersonID").alias("owner")
    )
    of_order = orders.select(
        "OrderID",
        pl.col("OrderDate").dt.date().alias("placed"),
        pl.col("SalespersonPersonID").alias("seller"),
    )
    amount = pl.col("Quantity").cast(pl.Int64)
    ordered = (
        file("sales_order_lines")
        .join(orders.select("OrderID"), on="OrderID")
        .join(cost, on="StockItemID")
        .group_by("OrderID", "StockItemID")
        .agg(
            (amount * _cents("UnitPrice")).sum().alias("sold"), (amount * pl.col("each")).sum().alias("cost")
        )
    )
    january = (
        ordered.join(of_order, on="OrderID")
        .filter(pl.col("placed") < date(2013, 2, 1))
        .group_by("StockItemID")
        .agg(pl.sum("sold").alias("before"), pl.sum("cost").alias("cost_before"))
    )
    return (
        file("sales_invoices_reconstructed")
        .filter(pl.col("InvoiceDate").dt.date() <= UNTIL)
        .select("InvoiceID", "OrderID", "BillToCustomerID", pl.col("InvoiceDate").dt.date().alias("issued"),
                _cents("TransactionAmount").alias("gross"))
        .join(file("sales_invoice_lines"), on="InvoiceID")
        .group_by("InvoiceID", "OrderID", "BillToCustomerID", "issued", "gross", "StockItemID")
        .agg((amount * _cents("UnitPrice")).sum().alias("net"))
        .join(of_order, on="OrderID")
        .join(owners, on="BillToCustomerID", how="left")
        .join(ordered, on=["OrderID", "StockItemID"], how="left")
        .join(january, on="StockItemID", how="left")
    )  # fmt: skip


def _collected(folder: Path, lines: pl.DataFrame) -> dict[int, Fraction]:
    """Invoice to the share of it that is collected: money fills the invoices of a customer in the order of issue."""
    money = (
        pl.read_parquet(folder / "wwi_sales_customer_transactions.parquet")
        .filter(pl.col("TransactionTypeID") == 3, pl.col("TransactionDate").dt.date() <= UNTIL)
        .filter(pl.col("LastEditedWhen").dt.date() <= UNTIL)
        .group_by("CustomerID")
        .agg((-_cents("TransactionAmount")).sum().alias("money"))
    )
    left = dict(money.iter_rows())
    bills = lines.unique("InvoiceID").with_columns(pl.format("wwi-{}", "InvoiceID").alias("id"))
    found: dict[int, Fraction] = {}
    for row in bills.sort("issued", "id").iter_rows(named=True):
        paid = min(left.get(row["BillToCustomerID"], 0), row["gross"])
        left[row["BillToCustomerID"]] = left.get(row["BillToCustomerID"], 0) - paid
        found[row["InvoiceID"]] = Fraction(paid, row["gross"])
    return found


def _rate(row: dict[str, int]) -> int:
    sold, cost = row["before"], row["cost_before"]
    if row["placed"] < date(2013, 2, 1) or sold is None:  # type: ignore[operator]
        sold, cost = row["sold"], row["cost"]
    for bound, rate in BOUNDS:
        if bound is None or Fraction(sold - cost, sold) >= bound:
            return rate
    raise AssertionError


def _expected(folder: Path) -> dict[tuple[str, str], int]:
    lines = _lines(folder)
    collected = _collected(folder, lines)
    exact: dict[int, dict[tuple[str, int], Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for row in lines.iter_rows(named=True):
        owner, seller, rate = row["owner"], row["seller"], _rate(row)
        whole = row["net"] * collected[row["InvoiceID"]] * Fraction(rate, 1_000_000)
        shared = owner is not None and owner != seller
        for person, percent in (
            ((owner, OWNER_PERCENT), (seller, 100 - OWNER_PERCENT)) if shared else ((seller, 100),)
        ):
            exact[row["InvoiceID"]][f"wwi-s{person}", rate] += whole * Fraction(percent, 100)
    found: dict[tuple[str, str], int] = {}
    names = {30_000: "high", 20_000: "middle", 5_000: "low"}
    for invoice, parts in exact.items():
        keys = sorted(parts, key=lambda key: (key[0], names[key[1]]))
        floors = {key: int(parts[key]) for key in keys}
        missing = int(sum(parts.values()) + Fraction(1, 2)) - sum(floors.values())
        for key in sorted(keys, key=lambda key: floors[key] - parts[key])[:missing]:
            floors[key] += 1
        for (person, _), cents in floors.items():
            at = f"wwi-{invoice}", person
            found[at] = found.get(at, 0) + cents
    return {key: cents for key, cents in found.items() if cents}


async def test_wide_world_importers(database: Database, data: Path) -> None:
    async with database.unit_of_work() as unit:
        policies: list[tuple[Kind, msgspec.Struct]] = [
            ("tiers", TIERS),
            ("performance", Performance(owner_percent=OWNER_PERCENT)),
        ]
        for kind, policy in policies:
            body, at = msgspec.json.encode(policy).decode(), datetime(2013, 1, 1, tzinfo=UTC)
            await add_policy(unit.connection, kind, date(2012, 1, 1), body, by="m", reason="-", at=at)
    await process(database, wwi.ZONE, wwi.feed(data, wwi.WwiOptions(until=UNTIL)).events)
    await TierKeeper(database).step()
    await Deriver(database).catch_up()
    rows = await database.pool.fetch(
        """SELECT invoice_id, salesperson_id, sum(amount_minor)::int FROM commission_entries GROUP BY 1, 2
           HAVING sum(amount_minor) <> 0"""
    )
    found = {(row[0], row[1]): row[2] for row in rows}
    assert len(found) > 1_000
    expected = _expected(data)
    assert {
        k: (found.get(k), expected.get(k)) for k in found.keys() | expected if found.get(k) != expected.get(k)
    } == {}
