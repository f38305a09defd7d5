"""What accounts looked like at every decision, and what a policy says of it: joins and sums in polars alone.

Amounts are minor units.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from contracts.money import decimal_string
from tests.services.credit.feed_books import Books


@dataclass(frozen=True)
class Plain:
    """A policy of the company, for one currency. None: no limit."""

    off: frozenset[str] = frozenset()
    single: int | None = None
    amount: int | None = None
    days: int | None = None
    items: int | None = None
    share: int | None = None
    """Percent."""

    def document(self, currency: str) -> dict[str, Any]:
        """Return it as the service reads it."""
        company: dict[str, Any] = {rule: {"active": False} for rule in self.off}

        def say(rule: str, **fields: Any) -> None:
            company.setdefault(rule, {}).update(fields)

        for rule, minor in (("single_order_maximum", self.single), ("overdue_amount", self.amount)):
            if minor is not None:
                say(rule, amounts=[{"currency": currency, "amount": decimal_string(minor, currency)}])
        if self.days is not None:
            say("overdue_days", max_days=self.days)
        if self.items is not None:
            say("overdue_items", max_items=self.items)
        if self.share is not None:
            say("overdue_share", active=True, max_percent=self.share)
        return {"company": company}


DELIVERED = Plain(days=30)


def standing(books: Books, approved: pl.DataFrame) -> pl.DataFrame:
    """Every order with its account just before it: exposure, what is open and overdue, and the terms.

    ``approved`` has ``order_id, number``: the event that approved each order that was ever approved.
    """
    orders = books.orders.join(books.terms, on="customer_id", how="left")
    reserved = approved.join(books.orders.drop("number"), on="order_id").filter(
        pl.col("invoiced_at").is_null() | (pl.col("number") < pl.col("invoiced_at"))
    )
    taken = reserved.select("customer_id", "number", "amount")
    given = reserved.drop_nulls("invoiced_at").select(
        "customer_id", pl.col("invoiced_at").alias("number"), -pl.col("amount").alias("amount")
    )
    opened = books.pieces.select(
        "customer_id", pl.col("start").alias("number"), pl.col("open").alias("amount")
    )
    closed = books.pieces.drop_nulls("end").select(
        "customer_id", pl.col("end").alias("number"), -pl.col("open").alias("amount")
    )
    return (
        _sum_before(orders, pl.concat([books.moves, taken, given]), "exposure")
        .pipe(_sum_before, pl.concat([opened, closed]), "receivables")
        .join(_overdue(books), on="order_id", how="left")
        .with_columns(pl.col("overdue_amount", "overdue_items", "overdue_days").fill_null(0))
        .sort("number")
    )


def _sum_before(orders: pl.DataFrame, moves: pl.DataFrame, name: str) -> pl.DataFrame:
    sums = (
        moves.sort("number")
        .with_columns(pl.col("amount").cum_sum().over("customer_id").alias(name))
        .select("customer_id", "number", name)
    )
    return (
        orders.sort("number")
        .join_asof(sums, on="number", by="customer_id", allow_exact_matches=False, check_sortedness=False)
        .with_columns(pl.col(name).fill_null(0))
    )


def overdue_pieces(books: Books) -> pl.DataFrame:
    """The parts of pieces in which the invoice counts as overdue: ``since`` is the event from which on it does."""
    falls = pl.col("due_on") + pl.duration(days=pl.col("grace") + 1)
    return (
        books.pieces.filter(pl.col("open") > 0)
        .join(books.terms.select("customer_id", "grace"), on="customer_id")
        .with_columns(falls.cast(pl.Date).alias("falls"))
        .join(books.ticks.rename({"day": "falls"}), on="falls", how="left")
        .with_columns(
            pl.max_horizontal("start", "tick").alias("since"),
            pl.max_horizontal("first", "falls").alias("first"),
        )
        .filter(
            pl.col("first") <= pl.col("last"), pl.col("end").is_null() | (pl.col("since") < pl.col("end"))
        )
    )


def _overdue(books: Books) -> pl.DataFrame:
    per_day = overdue_pieces(books).with_columns(pl.date_ranges("first", "last").alias("day")).explode("day")
    within = (pl.col("since") < pl.col("number")) & (
        pl.col("end").is_null() | (pl.col("number") < pl.col("end"))
    )
    return (
        books.orders.join(per_day, on=["customer_id", "day"])
        .filter(within)
        .group_by("order_id")
        .agg(
            pl.sum("open").alias("overdue_amount"),
            pl.len().cast(pl.Int64).alias("overdue_items"),
            (pl.col("day").first() - pl.col("due_on").min()).dt.total_days().alias("overdue_days"),
        )
    )


def fails(policy: Plain) -> pl.Expr:
    """Whether an order with its account does not pass."""

    def of(own: str, most: int | None, rule: str) -> pl.Expr:
        mine = pl.lit(None, pl.Int64) if rule in policy.off else pl.col(own)
        companys = None if rule in policy.off else most
        return pl.when("own").then(mine).otherwise(pl.lit(companys, pl.Int64))

    single = pl.lit(None if "single_order_maximum" in policy.off else policy.single, pl.Int64)
    if "single_order_maximum" not in policy.off:
        single = pl.coalesce("single", single)
    checks = [
        pl.col("amount") > single,
        pl.col("overdue_amount") > of("max_amount", policy.amount, "overdue_amount"),
        pl.col("overdue_days") > of("max_days", policy.days, "overdue_days"),
        pl.col("overdue_items") > of("max_items", policy.items, "overdue_items"),
    ]
    if "limit" not in policy.off:
        checks.append(pl.col("exposure") + pl.col("amount") > pl.col("limit"))
    if policy.share is not None:
        checks.append(pl.col("overdue_amount") * 100 > policy.share * pl.col("receivables"))
    return pl.any_horizontal([check.fill_null(False) for check in checks])


def judged(
    books: Books, recorded: pl.DataFrame, approved: pl.DataFrame, candidate: Plain, first: date, last: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the back-test: per customer its figures, and per flipped order what it was and became.

    ``recorded`` has ``order_id, outcome``.
    """
    orders = (
        standing(books, approved)
        .filter(pl.col("day").is_between(first, last))
        .join(recorded, on="order_id")
        .with_columns(
            pl.when(fails(candidate)).then(pl.lit("held")).otherwise(pl.lit("approved")).alias("candidate")
        )
    )
    flips = orders.filter(pl.col("outcome") != pl.col("candidate")).select(
        "customer_id", "order_id", "outcome", "candidate", "amount"
    )
    blocked, passed = pl.col("candidate") == "held", pl.col("candidate") == "approved"
    avoided = (
        overdue_pieces(books)
        .sort("since")
        .group_by("invoice_id", maintain_order=True)
        .agg(pl.col("order_id").first(), pl.col("open").first())
        .join(flips.filter(blocked), on="order_id")
        .group_by("customer_id")
        .agg(pl.min_horizontal("open", "amount").sum().alias("overdue_avoided"))
    )
    sums = flips.group_by("customer_id").agg(
        blocked.sum().cast(pl.Int64).alias("blocked"),
        passed.sum().cast(pl.Int64).alias("passed"),
        pl.col("amount").filter(blocked).sum().alias("sales_blocked"),
        pl.col("amount").filter(passed).sum().alias("sales_passed"),
    )
    figures = (
        orders.group_by("customer_id")
        .agg(pl.len().cast(pl.Int64).alias("decisions"))
        .join(sums, on="customer_id", how="left")
        .join(avoided, on="customer_id", how="left")
        .fill_null(0)
    )
    return figures, flips
