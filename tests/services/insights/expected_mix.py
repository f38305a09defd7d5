"""Mix and stopped products, computed from the public files with polars alone. Amounts in minor units."""

from datetime import date
from pathlib import Path

import polars as pl

from tests.services.insights.expected_months import uci_lines


def wwi_lines(folder: Path, until: date) -> pl.DataFrame:
    """Customer, product, category, day and amount of every line that was ordered; nothing is sent back."""

    def file(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"wwi_{name}.parquet")

    groups = file("warehouse_stock_item_groups").collect()
    # The smallest group that an item is in, of equal ones the first by name.
    sizes = groups.group_by("StockGroupName").len()
    category = (
        groups.join(sizes, on="StockGroupName")
        .sort("len", "StockGroupName")
        .unique("StockItemID", keep="first", maintain_order=True)
        .select("StockItemID", pl.col("StockGroupName").alias("category"))
    )
    shops = file("sales_customers").select("CustomerID", "BillToCustomerID")
    orders = file("sales_orders").filter(pl.col("OrderDate").dt.date() <= until).join(shops, on="CustomerID")
    cents = (pl.col("UnitPrice") * 100).round(0).cast(pl.Int64)
    return (
        file("sales_order_lines")
        .join(orders, on="OrderID")
        .join(category.lazy(), on="StockItemID", how="left")
        .select(
            pl.format("wwi-{}", "BillToCustomerID").alias("customer_id"),
            pl.format("wwi-{}", "StockItemID").alias("product_id"),
            pl.col("category").fill_null(""),
            pl.col("OrderDate").dt.date().alias("day"),
            (pl.col("Quantity").cast(pl.Int64) * cents).alias("sold"),
            pl.lit(0, pl.Int64).alias("returned"),
        )
        .collect()
    )


def uci_goods(file: Path, until: date) -> pl.DataFrame:
    """The same of Online Retail, which knows no categories; a line of a return has no sale."""
    found = uci_lines(file, until).select(
        "customer_id",
        pl.format("uci-{}", "product").alias("product_id"),
        pl.lit("").alias("category"),
        "day",
        "sold",
        "returned",
    )
    return found.collect()


def expected_mix(lines: pl.DataFrame, first: date, day: date, one: pl.Expr, two: pl.Expr) -> pl.DataFrame:
    """Customer and what it bought of both groups from ``first`` to ``day``, returns subtracted."""
    net = pl.col("sold").fill_null(0) - pl.col("returned").fill_null(0)
    return (
        lines.filter(pl.col("day").is_between(first, day))
        .group_by("customer_id")
        .agg(net.filter(one).sum().alias("one"), net.filter(two).sum().alias("two"))
        .filter((pl.col("one") != 0) | (pl.col("two") != 0))
        .sort("customer_id")
    )


def expected_stopped(
    lines: pl.DataFrame, orders: pl.DataFrame, first: date, day: date, least: int, gaps: int
) -> pl.DataFrame:
    """Products that were bought on ``least`` days or more, and not for more than ``gaps`` mean gaps before ``day``.

    ``orders`` are customer and day of all orders: some have no goods on them.
    """
    bought = lines.filter(pl.col("sold").is_not_null(), pl.col("day").is_between(first, day))
    order_days = orders.filter(pl.col("day").is_between(first, day)).unique()
    gap = (pl.col("last_day") - pl.col("first_day")).dt.total_days()
    silence = (pl.lit(day) - pl.col("last_day")).dt.total_days()
    found = (
        bought.group_by("customer_id", "product_id")
        .agg(
            pl.col("day").n_unique().cast(pl.Int64).alias("purchases"),
            pl.col("day").min().alias("first_day"),
            pl.col("day").max().alias("last_day"),
            pl.col("sold")
            .filter((pl.col("day").max() - pl.col("day")).dt.total_days() < 365)
            .sum()
            .alias("year"),
        )
        .filter(pl.col("purchases") >= least)
        # More than so many mean gaps, without dividing.
        .filter(silence * (pl.col("purchases") - 1) > gaps * gap)
    )
    since = (
        found.join(order_days, on="customer_id")
        .filter(pl.col("day") > pl.col("last_day"))
        .group_by("customer_id", "product_id")
        .agg(pl.len().cast(pl.Int64).alias("since"))
    )
    return (
        found.join(since, on=["customer_id", "product_id"], how="left")
        .with_columns(pl.col("since").fill_null(0))
        .sort("customer_id", "product_id")
    )
