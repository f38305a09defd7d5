"""What WWI's customers must owe, computed from the files with polars alone: the independent check of the importer.

It shares no code with :mod:`deploy.feed.wwi`, on purpose. Amounts are cents.
"""

from datetime import date
from pathlib import Path
from typing import Literal

import polars as pl

Account = Literal["bill_to", "ordering"]


def expected_wwi(folder: Path, until: date | None = None, account: Account = "bill_to") -> pl.DataFrame:
    """Per customer: orders, ordered, invoiced, paid, credited, balance (invoiced - paid - credited), in cents.

    With ``account="bill_to"`` everything is on the customer that is billed and the payments are those of the ledger;
    with ``"ordering"`` everything is on the one that ordered, and an invoice counts as paid on its settlement date.
    """
    end = pl.lit(until or date(2100, 1, 1)).cast(pl.Datetime)
    holder = pl.col("BillToCustomerID") if account == "bill_to" else pl.col("CustomerID")
    who = _file(folder, "sales_customers").select("CustomerID", holder.alias("holder"))
    invoiced, paid = _receivables(folder, end, account)
    return (
        who.select("holder")
        .unique()
        .join(_orders(folder, end, who), on="holder", how="left")
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


def _file(folder: Path, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"wwi_{name}.parquet")


def _cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round(0).cast(pl.Int64)


def _orders(folder: Path, end: pl.Expr, who: pl.LazyFrame) -> pl.LazyFrame:
    net = pl.col("Quantity").cast(pl.Int64) * _cents("UnitPrice")
    tax = (net * pl.col("TaxRate")).cast(pl.Int64)
    gross = net + tax // 100 + (tax % 100 >= 50).cast(pl.Int64)
    amounts = _file(folder, "sales_order_lines").group_by("OrderID").agg(gross.sum().alias("gross"))
    return (
        _file(folder, "sales_orders")
        .filter(pl.col("OrderDate") <= end)
        .join(amounts, on="OrderID")
        .join(who, on="CustomerID")
        .group_by("holder")
        .agg(pl.len().cast(pl.Int64).alias("orders"), pl.sum("gross").alias("ordered"))
    )


def _receivables(folder: Path, end: pl.Expr, account: Account) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """What was invoiced to and paid by each holder of an account."""
    ledger = _file(folder, "sales_customer_transactions").filter(pl.col("TransactionDate") <= end)
    debits = ledger.filter(pl.col("InvoiceID").is_not_null())
    total = _cents("TransactionAmount").sum()
    if account == "ordering":
        shop = _file(folder, "sales_invoices_reconstructed").select(
            "InvoiceID", pl.col("CustomerID").alias("holder")
        )
        debits = debits.join(shop, on="InvoiceID")
        paid = debits.filter(pl.col("FinalizationDate") <= end).group_by("holder").agg(total.alias("paid"))
    else:
        holder = pl.col("CustomerID").alias("holder")
        debits = debits.with_columns(holder)
        paid = ledger.filter(pl.col("InvoiceID").is_null()).group_by(holder).agg((-total).alias("paid"))
    return debits.group_by("holder").agg(total.alias("invoiced")), paid
