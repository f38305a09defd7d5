"""Order days of the public data sets, and of other files of the same layouts."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from deploy.feed.data_folder import CDNOW, UCI, table
from services.insights.forecasting import Histories


def read(path: Path) -> pl.DataFrame:
    """Read a parquet or a CSV file."""
    return pl.read_csv(path, try_parse_dates=True) if path.suffix == ".csv" else pl.read_parquet(path)


def uci_lines(files: Sequence[Path] = (), folder: Path | None = None) -> pl.DataFrame:
    """Return customer, day, product, quantity, amount of the UCI layout.

    What is no sale to a known customer is left out. Several files are taken one after the other and must not overlap.
    """
    raw = [read(file) for file in files] or [table(UCI, folder)]
    lines = pl.concat(frame.select(sorted(raw[0].columns)) for frame in raw)
    return lines.filter(
        ~pl.col("InvoiceNo").cast(pl.String).str.starts_with("C")
        & (pl.col("Quantity") > 0)
        & (pl.col("UnitPrice") > 0)
        & pl.col("CustomerID").is_not_null()
    ).select(
        customer=pl.col("CustomerID").cast(pl.Int64),
        day=pl.col("InvoiceDate").dt.date(),
        product=pl.col("StockCode").cast(pl.String),
        quantity=pl.col("Quantity").cast(pl.Float64),
        amount=pl.col("Quantity") * pl.col("UnitPrice"),
    )


def cdnow_purchases(files: Sequence[Path] = (), folder: Path | None = None) -> pl.DataFrame:
    """Return customer, day, amount of the CDNOW layout."""
    raw = pl.concat([read(file) for file in files] or [table(CDNOW, folder)])
    return raw.select(
        customer=pl.col("master_customer_id").rank("dense").cast(pl.Int64),
        day=pl.col("date").dt.date(),
        amount=pl.col("dollar_value"),
    )


def wwi_lines(folder: Path | None = None) -> pl.DataFrame:
    """Return customer, day, product, quantity, amount of Wide World Importers' orders."""
    lines = table("wwi_sales_order_lines", folder)
    return lines.join(table("wwi_sales_orders", folder), on="OrderID").select(
        customer=pl.col("CustomerID").cast(pl.Int64),
        day=pl.col("OrderDate").dt.date(),
        product=pl.col("StockItemID").cast(pl.String),
        quantity=pl.col("Quantity").cast(pl.Float64),
        amount=pl.col("Quantity") * pl.col("UnitPrice"),
    )


def histories(lines: pl.DataFrame) -> Histories:
    """Return the order days of lines; amounts in hundredths, days as proleptic ordinals."""
    days = lines.group_by("customer", "day").agg(pl.col("amount").sum()).sort("customer", "day")
    epoch = date(1970, 1, 1).toordinal()
    return Histories(
        days["customer"].to_numpy().astype(np.int64),
        days["day"].to_physical().to_numpy().astype(np.int64) + epoch,
        np.round(days["amount"].to_numpy() * 100),
    )


def months(first: date, last: date) -> list[int]:
    """Return the evenings before the first day of each month from ``first`` to ``last``, as ordinals."""
    found = []
    year, month = first.year, first.month
    while date(year, month, 1) <= last:
        found.append(date(year, month, 1).toordinal() - 1)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found
