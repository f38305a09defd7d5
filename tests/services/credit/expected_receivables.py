"""Receivables computed with polars alone, sharing nothing with the service. Amounts are minor units.

An invoice is a row ``customer_id, invoice_id, open, due_on, grace``; a document that moves the balance is a row
``customer_id, day, kind, document_id, amount``, positive where it adds to the debt.
"""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

AGES = {
    "current": (-100_000, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "over_90": (91, 100_000),
}
INVOICES = {
    "customer_id": pl.String,
    "invoice_id": pl.String,
    "open": pl.Int64,
    "due_on": pl.Date,
    "grace": pl.Int64,
}


def aged(invoices: pl.DataFrame, day: date) -> pl.DataFrame:
    """Ageing per customer with anything open."""
    late = (pl.lit(day) - pl.col("due_on")).dt.total_days()
    rows = invoices.filter(pl.col("open") > 0).with_columns(late.alias("late"))
    overdue = pl.col("late") > pl.col("grace")
    columns = [
        pl.sum("open").alias("receivables"),
        pl.len().cast(pl.Int64).alias("items"),
        pl.col("open").filter(overdue).sum().alias("overdue_amount"),
        overdue.sum().cast(pl.Int64).alias("overdue_items"),
        pl.col("late").filter(overdue).max().fill_null(0).alias("overdue_days"),
        pl.max_horizontal(pl.col("late").max(), 0).cast(pl.Int64).alias("longest_days"),
    ]
    for name, (first, last) in AGES.items():
        within = pl.col("late").is_between(first, last)
        columns.append(pl.col("open").filter(within).sum().alias(name))
        columns.append(within.sum().cast(pl.Int64).alias(f"{name}_items"))
    return rows.group_by("customer_id").agg(columns).sort("customer_id")


def calendar(invoices: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """What falls due per day."""
    return (
        invoices.filter(pl.col("open") > 0, pl.col("due_on").is_between(first, last))
        .group_by("due_on")
        .agg(
            pl.sum("open").alias("amount"),
            pl.len().cast(pl.Int64).alias("items"),
            pl.col("customer_id").n_unique().cast(pl.Int64).alias("customers"),
        )
        .sort("due_on")
    )


def around(invoices: pl.DataFrame, first: date, last: date) -> tuple[int, int, int]:
    """What is due before, in and after a range."""
    due_on, open_ = pl.col("due_on"), pl.col("open")
    sums = invoices.select(
        open_.filter(due_on < first).sum().alias("before"),
        open_.filter(due_on.is_between(first, last)).sum().alias("within"),
        open_.filter(due_on > last).sum().alias("after"),
    )
    before, within, after = sums.row(0)
    return before, within, after


def wwi_invoices(folder: Path, day: date) -> pl.DataFrame:
    """What the customers who are billed owed at the end of a day: not settled by then, due after their payment days."""
    terms = pl.read_parquet(folder / "wwi_sales_customers.parquet").select("CustomerID", "PaymentDays")
    booked, settled = pl.col("TransactionDate").dt.date(), pl.col("FinalizationDate").dt.date()
    return (
        pl.read_parquet(folder / "wwi_sales_customer_transactions.parquet")
        .filter(pl.col("InvoiceID").is_not_null(), booked <= day, settled.is_null() | (settled > day))
        .join(terms, on="CustomerID")
        .select(
            pl.format("wwi-{}", "CustomerID").alias("customer_id"),
            pl.format("wwi-{}", "InvoiceID").alias("invoice_id"),
            (pl.col("TransactionAmount") * 100).round().cast(pl.Int64).alias("open"),
            (booked + pl.duration(days=pl.col("PaymentDays"))).cast(pl.Date).alias("due_on"),
            pl.lit(0, pl.Int64).alias("grace"),
        )
    )


def wwi_documents(folder: Path, until: date) -> pl.DataFrame:
    """The ledger's invoices and payments."""
    invoice = pl.col("InvoiceID").is_not_null()
    return (
        pl.read_parquet(folder / "wwi_sales_customer_transactions.parquet")
        .with_columns(pl.col("TransactionDate").dt.date().alias("day"))
        .filter(pl.col("day") <= until)
        .select(
            pl.format("wwi-{}", "CustomerID").alias("customer_id"),
            "day",
            pl.when(invoice).then(pl.lit("invoice")).otherwise(pl.lit("payment")).alias("kind"),
            pl.when(invoice)
            .then(pl.format("wwi-{}", "InvoiceID"))
            .otherwise(pl.format("wwi-pay-{}", "CustomerTransactionID"))
            .alias("document_id"),
            (pl.col("TransactionAmount") * 100).round().cast(pl.Int64).alias("amount"),
        )
    )


def documents_of(events: list[Any]) -> pl.DataFrame:
    """The documents of a feed of events whose days are those of the events' own times."""
    rows: list[dict[str, Any]] = []
    paid: dict[str, int] = {}
    for event in events:
        data, kind = event.data, event.type
        if kind == "order.invoiced":
            document = ("invoice", data.invoice_id, _minor(data.amount))
        elif kind == "order.returned":
            document = ("credit_note", data.return_id, -_minor(data.amount))
        elif kind == "payment.received":
            paid[data.payment_id] = _minor(data.amount)
            document = ("payment", data.payment_id, -paid[data.payment_id])
        elif kind == "payment.reversed":
            document = ("reversal", data.payment_id, paid[data.payment_id])
        else:
            continue
        name, document_id, amount = document
        rows.append(
            {
                "customer_id": data.customer_id,
                "day": event.occurred_at.date(),
                "kind": name,
                "document_id": document_id,
                "amount": amount,
            }
        )
    return pl.DataFrame(rows)


def _minor(text: str) -> int:
    whole, _, cents = text.partition(".")
    return int(whole) * 100 + int(cents or "0")
