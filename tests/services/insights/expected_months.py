"""What the months must be, computed from the public files with polars alone. Amounts in minor units."""

from datetime import date
from pathlib import Path

import polars as pl


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round(0).cast(pl.Int64)


def _month(column: str) -> pl.Expr:
    return pl.col(column).dt.date().dt.truncate("1mo").alias("month")


def expected_wwi_months(folder: Path, until: date) -> pl.DataFrame:
    """Per billed customer and month: orders, amount, quantity, distinct_products, costed, cost, collected."""
    end = pl.lit(until).cast(pl.Datetime) + pl.duration(days=1)

    def file(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"wwi_{name}.parquet")

    cost = file("warehouse_stock_item_cost").select("StockItemID", _cents("LastCostPrice").alias("cost"))
    net = pl.col("Quantity").cast(pl.Int64) * _cents("UnitPrice")
    tax = (net * pl.col("TaxRate")).cast(pl.Int64)
    lines = (
        file("sales_order_lines")
        .join(cost, on="StockItemID")
        .with_columns(
            net.alias("net"),
            (net + tax // 100 + (tax % 100 >= 50).cast(pl.Int64)).alias("gross"),
            (pl.col("cost") * pl.col("Quantity").cast(pl.Int64)).alias("cost"),
        )
    )
    orders = (
        file("sales_orders")
        .filter(pl.col("OrderDate") < end)
        .join(file("sales_customers").select("CustomerID", "BillToCustomerID"), on="CustomerID")
        .with_columns(pl.format("wwi-{}", "BillToCustomerID").alias("customer_id"), _month("OrderDate"))
    )
    bought = (
        orders.join(lines, on="OrderID")
        .group_by("customer_id", "month")
        .agg(
            pl.col("OrderID").n_unique().cast(pl.Int64).alias("orders"),
            pl.sum("gross").alias("amount"),
            pl.sum("Quantity").cast(pl.Int64).alias("quantity"),
            pl.col("StockItemID").n_unique().cast(pl.Int64).alias("distinct_products"),
            pl.sum("net").alias("costed"),
            pl.sum("cost"),
        )
    )
    paid = (
        file("sales_customer_transactions")
        .filter(pl.col("InvoiceID").is_null(), pl.col("LastEditedWhen") < end)
        .with_columns(pl.format("wwi-{}", "CustomerID").alias("customer_id"), _month("LastEditedWhen"))
        .group_by("customer_id", "month")
        .agg((-_cents("TransactionAmount")).sum().alias("collected"))
    )
    both = bought.join(paid, on=["customer_id", "month"], how="full", coalesce=True).fill_null(0)
    return both.sort("customer_id", "month").collect()


def wwi_order_days(folder: Path, until: date) -> pl.DataFrame:
    """What every billed customer's days with an order are worth, in the order of customers and days."""
    net = pl.col("Quantity").cast(pl.Int64) * _cents("UnitPrice")
    tax = (net * pl.col("TaxRate")).cast(pl.Int64)
    gross = net + tax // 100 + (tax % 100 >= 50).cast(pl.Int64)
    shops = pl.scan_parquet(folder / "wwi_sales_customers.parquet").select("CustomerID", "BillToCustomerID")
    return (
        pl.scan_parquet(folder / "wwi_sales_orders.parquet")
        .filter(pl.col("OrderDate") < pl.lit(until).cast(pl.Datetime) + pl.duration(days=1))
        .join(shops, on="CustomerID")
        .join(pl.scan_parquet(folder / "wwi_sales_order_lines.parquet"), on="OrderID")
        .group_by(
            pl.format("wwi-{}", "BillToCustomerID").alias("customer_id"),
            pl.col("OrderDate").dt.date().alias("day"),
        )
        .agg(gross.sum().alias("value"))
        .sort("customer_id", "day")
        .collect()
    )


def expected_uci_months(file: Path, until: date) -> pl.DataFrame:
    """Per customer and month: orders, amount, quantity, distinct_products, returned, returned_quantity."""
    credit = pl.col("InvoiceNo").str.contains("^C")
    goods = ~pl.col("product").is_in(["POST", "DOT", "C2", "M", "D", "BANK CHARGES"])
    sold, back = ~credit & (pl.col("Quantity") > 0), credit & (pl.col("Quantity") < 0)
    return (
        _uci_lines(file, until)
        .filter(sold | back)
        .group_by("customer_id", "month")
        .agg(
            pl.col("InvoiceNo").filter(sold).n_unique().cast(pl.Int64).alias("orders"),
            pl.col("value").filter(sold).sum().alias("amount"),
            pl.col("Quantity").filter(sold & goods).sum().cast(pl.Int64).alias("quantity"),
            pl.col("product").filter(sold & goods).n_unique().cast(pl.Int64).alias("distinct_products"),
            (-pl.col("value").filter(back).sum()).alias("returned"),
            (-pl.col("Quantity").filter(back & goods).sum()).cast(pl.Int64).alias("returned_quantity"),
        )
        .sort("customer_id", "month")
        .collect()
    )


def uci_orders(file: Path, until: date) -> pl.DataFrame:
    """Customer and day of every order."""
    sold = ~pl.col("InvoiceNo").str.contains("^C") & (pl.col("Quantity") > 0)
    orders = _uci_lines(file, until).filter(sold).group_by("InvoiceNo").agg(pl.first("customer_id", "day"))
    return orders.select("customer_id", "day").collect()


def uci_order_days(file: Path, until: date) -> pl.DataFrame:
    """What every customer's days with an order are worth, in the order of customers and days."""
    sold = ~pl.col("InvoiceNo").str.contains("^C") & (pl.col("Quantity") > 0)
    days = _uci_lines(file, until).filter(sold).group_by("customer_id", "day").agg(pl.sum("value"))
    return days.sort("customer_id", "day").collect()


def uci_lines(file: Path, until: date) -> pl.LazyFrame:
    """Customer, product, day and value of every line of goods, ``sold`` or ``returned``; the other one is null."""
    credit = pl.col("InvoiceNo").str.contains("^C")
    goods = ~pl.col("product").is_in(["POST", "DOT", "C2", "M", "D", "BANK CHARGES"])
    sold, back = ~credit & (pl.col("Quantity") > 0), credit & (pl.col("Quantity") < 0)
    return (
        _uci_lines(file, until)
        .filter(goods, sold | back)
        .with_columns(
            pl.when(sold).then("value").alias("sold"), pl.when(back).then(-pl.col("value")).alias("returned")
        )
    )


def wwi_orders(folder: Path, until: date) -> pl.DataFrame:
    """Customer and day of every order."""
    shops = pl.scan_parquet(folder / "wwi_sales_customers.parquet").select("CustomerID", "BillToCustomerID")
    orders = pl.scan_parquet(folder / "wwi_sales_orders.parquet").filter(
        pl.col("OrderDate") < pl.lit(until).cast(pl.Datetime) + pl.duration(days=1)
    )
    billed = pl.format("wwi-{}", "BillToCustomerID").alias("customer_id")
    return (
        orders.join(shops, on="CustomerID")
        .select(billed, pl.col("OrderDate").dt.date().alias("day"))
        .collect()
    )


def _uci_lines(file: Path, until: date) -> pl.LazyFrame:
    pence = (pl.col("UnitPrice") * 1000).round(0).cast(pl.Int64)
    return (
        pl.scan_parquet(file)
        .filter(pl.col("InvoiceDate") < pl.lit(until).cast(pl.Datetime) + pl.duration(days=1))
        .with_columns(pl.col("StockCode").str.to_uppercase().alias("product"))
        .filter(
            pl.col("CustomerID").is_not_null(),
            pence > 0,
            pence % 10 == 0,
            ~pl.col("product").str.contains("^(TEST|ADJUST)"),
            ~pl.col("InvoiceNo").str.contains("^A"),
        )
        .with_columns(
            (pence // 10 * pl.col("Quantity")).alias("value"),
            pl.col("InvoiceDate").min().over("InvoiceNo").dt.date().alias("day"),
            pl.format("uci-{}", "CustomerID").alias("customer_id"),
        )
        .with_columns(pl.col("day").dt.truncate("1mo").alias("month"))
    )
