"""The lines of the UCI file: which are taken, and why the others are not."""

from datetime import date
from typing import Any

import polars as pl

CHARGES = ("POST", "DOT", "C2", "M", "D", "BANK CHARGES")
"""Codes that are money on the invoice but no goods: postage, carriage, manual, discount, bank charges."""


def classified(lines: pl.DataFrame, until: date | None) -> pl.DataFrame:
    """Add why a line is left out (null: it is not), its price in pence, and whether it is a charge."""
    if until is not None:
        lines = lines.filter(pl.col("InvoiceDate").dt.date() <= until)
    code = pl.col("StockCode").str.strip_chars().str.to_uppercase()
    pence = pl.col("UnitPrice") * 100
    cancelled = pl.col("InvoiceNo").str.starts_with("C")
    reason = (
        pl.when(pl.col("InvoiceNo").str.starts_with("A"))
        .then(pl.lit("adjustment of bad debt (A... invoice)"))
        .when(pl.col("CustomerID").is_null())
        .then(pl.lit("line without a customer"))
        .when(code.str.starts_with("TEST"))
        .then(pl.lit("test product"))
        .when(code.str.starts_with("ADJUST"))
        .then(pl.lit("adjustment of the ledger, not a sale"))
        .when(pl.col("UnitPrice") <= 0)
        .then(pl.lit("price is not positive"))
        .when((pence - pence.round()).abs() > 1e-6)
        .then(pl.lit("price finer than a penny"))
        .when((pl.col("Quantity") <= 0) & ~cancelled)
        .then(pl.lit("quantity is not positive and it is no cancellation"))
        .when((pl.col("Quantity") >= 0) & cancelled)
        .then(pl.lit("cancellation of a quantity that is not negative"))
    )
    return lines.with_columns(
        reason.alias("left_out"),
        code.alias("StockCode"),
        pence.round().cast(pl.Int64).alias("price_minor"),
        code.is_in(CHARGES).alias("charge"),
    )


def by_first_day(rows: pl.DataFrame) -> dict[date, list[tuple[Any, ...]]]:
    """Group rows (id, day, ...) by day, in order of their ids; the day itself is dropped."""
    days: dict[date, list[tuple[Any, ...]]] = {}
    for identity, day, *rest in rows.sort(rows.columns[0]).iter_rows():
        days.setdefault(day, []).append((identity, *rest))
    return days
