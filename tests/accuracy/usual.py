"""How good the expected quantities per usual product are, next to "as last time" and the own mean.

Asked at every order day from a given day on: of each product that the customer has bought before, how much will this
order hold? Most of the time nothing; the more of it one keeps ready for nothing, the worse.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from services.insights.forecasting import products
from services.insights.forecasting.products import Usual

LAST, MEAN, OURS = "same as last order", "own mean", "ours"


@dataclass(slots=True)
class Quantities:
    """Sums over the questions of one method."""

    absolute: float = 0.0
    squared: float = 0.0
    forecast: float = 0.0


def measure(
    lines: pl.DataFrame, since: int, customers: int = 600
) -> tuple[dict[str, Quantities], float, int]:
    """Return the scores, the quantity that came, and the number of questions, for a sample of the customers."""
    daily = (
        lines.group_by("customer", "day", "product")
        .agg(pl.col("quantity").sum())
        .sort("customer", "day", "product")
    )
    everybody = np.sort(daily["customer"].unique().to_numpy())
    sample = everybody[:: max(1, len(everybody) // customers)]
    scores = {name: Quantities() for name in (LAST, MEAN, OURS)}
    came, asked = 0.0, 0
    daily = daily.filter(pl.col("customer").is_in(sample))
    prior = products.fit(_pairs(daily.filter(pl.col("day") < date.fromordinal(since))))
    for _, own in daily.group_by("customer", maintain_order=True):
        usual: dict[str, Usual] = {}
        last: dict[str, float] = {}
        for number, ((day,), order) in enumerate(own.group_by("day", maintain_order=True), 1):
            now = dict(order.select("product", "quantity").iter_rows())
            if day.toordinal() >= since:
                for product, state in usual.items():
                    truth = now.get(product, 0.0)
                    came, asked = came + truth, asked + 1
                    for name, value in (
                        (LAST, last.get(product, 0.0)),
                        (MEAN, state.quantity / (number - 1)),
                        (OURS, products.expected(state, number - 1, prior)),
                    ):
                        score = scores[name]
                        score.absolute += abs(value - truth)
                        score.squared += (value - truth) ** 2
                        score.forecast += value
            for product, quantity in now.items():
                usual[product] = products.bought(usual.get(product), number - 1, quantity)
            last = now
    return scores, came, asked


def _pairs(daily: pl.DataFrame) -> list[tuple[int, int]]:
    """Return per customer and product the orders that held it, and the orders from the first of these on."""
    numbered = daily.with_columns(number=pl.col("day").rank("dense").over("customer"))
    last = numbered.group_by("customer").agg(last=pl.col("number").max())
    pairs = (
        numbered.group_by("customer", "product")
        .agg(times=pl.len(), first=pl.col("number").min())
        .join(last, on="customer")
    )
    return list(pairs.select("times", pl.col("last") - pl.col("first") + 1).cast(pl.Int64).iter_rows())


def report(lines: pl.DataFrame, since: int) -> Iterator[str]:
    """Yield the table."""
    scores, came, asked = measure(lines, since)
    yield f"{'quantity per product':24} {'MAE':>8} {'RMSE':>8} {'bias':>7}   {asked} questions"
    for name, score in scores.items():
        yield (
            f"{name:24} {score.absolute / asked:8.3f} {(score.squared / asked) ** 0.5:8.3f} "
            f"{score.forecast / came - 1:+7.1%}"
        )
