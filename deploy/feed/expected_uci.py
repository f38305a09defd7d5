"""What UCI's customers must owe, computed from the file with polars alone: the independent check of the importer.

It shares no code with :mod:`deploy.feed.uci`, on purpose. Amounts are pence.
"""

from datetime import date
from pathlib import Path

import polars as pl


def expected_uci(file: Path, until: date | None = None) -> pl.DataFrame:
    """Per customer: orders, ordered, invoiced, paid, credited, balance (invoiced - paid - credited), in pence.

    Counted are lines with a customer and a price of whole, positive pence, without test products, ledger
    adjustments and bad-debt adjustments: positive quantities on invoices, negative ones on cancellations.
    """
    lines = pl.scan_parquet(file)
    if until is not None:
        lines = lines.filter(pl.col("InvoiceDate") < pl.lit(until).cast(pl.Datetime) + pl.duration(days=1))
    pence = (pl.col("UnitPrice") * 1000).round(0).cast(pl.Int64)
    product = pl.col("StockCode").str.to_uppercase()
    lines = lines.filter(
        pl.col("CustomerID").is_not_null(),
        pence > 0,
        pence % 10 == 0,
        ~product.str.contains("^(TEST|ADJUST)"),
        ~pl.col("InvoiceNo").str.contains("^A"),
    ).with_columns((pence // 10 * pl.col("Quantity")).alias("value"))
    credit = pl.col("InvoiceNo").str.contains("^C")
    sold = ~credit & (pl.col("Quantity") > 0)
    taken_back = credit & (pl.col("Quantity") < 0)
    totals = lines.group_by("CustomerID").agg(
        pl.col("InvoiceNo").filter(sold).n_unique().cast(pl.Int64).alias("orders"),
        pl.col("value").filter(sold).sum().alias("ordered"),
        pl.col("value").filter(sold).sum().alias("invoiced"),
        pl.lit(0, pl.Int64).alias("paid"),
        (-pl.col("value").filter(taken_back).sum()).alias("credited"),
    )
    return (
        totals.with_columns(
            pl.format("uci-{}", "CustomerID").alias("customer_id"),
            (pl.col("invoiced") - pl.col("paid") - pl.col("credited")).alias("balance"),
        )
        .select("customer_id", "orders", "ordered", "invoiced", "paid", "credited", "balance")
        .sort("customer_id")
        .collect()
    )
