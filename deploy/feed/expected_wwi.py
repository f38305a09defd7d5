"""What WWI's customers must owe, computed from the files with polars alone: the independent check of the importer.

It shares no code with :mod:`deploy.feed.wwi`, on purpose. Amounts are cents.
"""

from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl


def expected_wwi(
    folder: Path, until: date | None = None, account: Literal["bill_to", "ordering"] = "bill_to"
) -> pl.DataFrame:
    """Per customer: orders, ordered, invoiced, paid, credited, balance (invoiced - paid - credited), in cents.

    With ``account="bill_to"`` everything is on the customer that is billed and the payments are those of the
    ledger; with ``"ordering"`` everything is on the one that ordered, and an invoice counts as paid on its
    settlement date.
    """
    end = pl.lit(until or date(2100, 1, 1)).cast(pl.Datetime)

    def file(name: str) -> pl.LazyFrame:
        return pl.scan_parquet(folder / f"wwi_{name}.parquet")

    def cents(column: str) -> pl.Expr:
        return (pl.col(column) * 100).round(0).cast(pl.Int64)

    holder = pl.col("BillToCustomerID") if account == "bill_to" else pl.col("CustomerID")
    who = file("sales_customers").select("CustomerID", holder.alias("holder"))
    net = pl.col("Quantity").cast(pl.Int64) * cents("UnitPrice")
    tax = (net * pl.col("TaxRate")).cast(pl.Int64)
    gross = net + tax // 100 + (tax % 100 >= 50).cast(pl.Int64)
    orders = (
        file("sales_orders")
        .filter(pl.col("OrderDate") <= end)
        .join(file("sales_order_lines").group_by("OrderID").agg(gross.sum().alias("gross")), on="OrderID")
        .join(who, on="CustomerID")
        .group_by("holder")
        .agg(pl.len().cast(pl.Int64).alias("orders"), pl.sum("gross").alias("ordered"))
    )
    ledger = file("sales_customer_transactions").filter(pl.col("TransactionDate") <= end)
    debits = ledger.filter(pl.col("InvoiceID").is_not_null())
    if account == "ordering":
        shop = file("sales_invoices_reconstructed").select("InvoiceID", pl.col("CustomerID").alias("holder"))
        debits = debits.join(shop, on="InvoiceID")
        settled = debits.filter(pl.col("FinalizationDate") <= end)
        paid = settled.group_by("holder").agg(cents("TransactionAmount").sum().alias("paid"))
    else:
        debits = debits.with_columns(pl.col("CustomerID").alias("holder"))
        settled = ledger.filter(pl.col("InvoiceID").is_null()).with_columns(
            pl.col("CustomerID").alias("holder")
        )
        paid = settled.group_by("holder").agg((-cents("TransactionAmount").sum()).alias("paid"))
    invoiced = debits.group_by("holder").agg(cents("TransactionAmount").sum().alias("invoiced"))
    return (
        who.select("holder")
        .unique()
        .join(orders, on="holder", how="left")
        .join(invoiced, on="holder", how="left")
        .join(paid, on="holder", how="left")
        .fill_null(0)
        .select(
            pl.format("wwi-{}", "holder").alias("customer_id"),
            "orders",
            "ordered",
            "invoiced",
            "paid",
            pl.lit(0, pl.Int64).alias("credited"),
            (pl.col("invoiced") - pl.col("paid")).alias("balance"),
        )
        .sort("customer_id")
        .collect()
    )
