"""Values of a window of one month and their classes, computed with polars alone from expected months."""

from datetime import date

import polars as pl

from tests.services.insights.segments import WEIGHTS


def expected_values(months: pl.DataFrame, month: date) -> pl.DataFrame:
    """Values of that month, returns subtracted. What the months do not tell is 0, or unknown (profit)."""
    found = months.filter(pl.col("month") == month)

    def column(name: str) -> pl.Expr:
        return pl.col(name).fill_null(0) if name in found.columns else pl.lit(0, pl.Int64)

    costed = pl.col("costed") != 0 if "costed" in found.columns else pl.lit(value=False)
    profit = pl.when(costed).then(column("costed") - column("cost"))
    values = found.select(
        "customer_id",
        column("orders").alias("orders"),
        (column("amount") - column("returned")).alias("amount"),
        column("distinct_products").alias("products"),
        profit.alias("profit"),
        (profit * 1_000_000 // column("costed")).alias("margin"),
        (column("quantity") - column("returned_quantity")).alias("quantity"),
        column("collected").alias("collections"),
    )
    return values.filter(pl.any_horizontal(pl.col(values.columns[1:]).fill_null(0) != 0)).sort("customer_id")


def expected_classes(values: pl.DataFrame, previous: pl.DataFrame | None = None) -> pl.DataFrame:
    """Class per customer and dimension, and overall, given the classes before."""
    classes = values.select("customer_id")
    for dimension in WEIGHTS:
        makes = pl.col("profit" if dimension == "margin" else dimension).clip(lower_bound=0)
        ranked = (
            values.filter(pl.col(dimension) > 0)
            .select("customer_id", pl.col(dimension).alias("value"), makes.alias("makes"))
            .sort("value", descending=True)
            .with_columns(
                (pl.col("makes").cum_sum() - pl.col("makes")).alias("before"),
                pl.col("makes").sum().alias("all"),
            )
            .with_columns(pl.col("before").min().over("value").alias("above"))
        )
        if previous is None:
            ranked = ranked.with_columns(pl.lit(None, pl.String).alias("was"))
        else:
            was = previous.select("customer_id", pl.col(dimension).alias("was"))
            ranked = ranked.join(was, on="customer_id", how="left")
        better, worse = pl.col("was") == "A", pl.col("was") == "C"
        a_end = pl.when(pl.col("was").is_null()).then(80).when(better).then(82).otherwise(78)
        b_end = pl.when(pl.col("was").is_null()).then(95).when(worse).then(93).otherwise(97)
        position = pl.col("above") * 100
        class_ = (
            pl.when(position < a_end * pl.col("all")).then(pl.lit("A"))
            .when(position < b_end * pl.col("all")).then(pl.lit("B"))
            .otherwise(pl.lit("C"))
        )  # fmt: skip
        of_ranked = ranked.select("customer_id", class_.alias(dimension))
        nothing = pl.when(pl.lit(ranked.height > 0) & values[dimension].is_not_null()).then(pl.lit("C"))
        classes = (
            classes.join(of_ranked, on="customer_id", how="left", maintain_order="left")
            .with_columns(nothing.alias("nothing"))
            .with_columns(pl.coalesce(dimension, "nothing").alias(dimension))
            .drop("nothing")
        )
    points = sum(
        pl.col(d).replace_strict({"A": 100, "B": 50, "C": 0}, return_dtype=pl.Int64).fill_null(0) * w
        for d, w in WEIGHTS.items()
    )
    weight = sum(pl.when(pl.col(d).is_not_null()).then(w).otherwise(0) for d, w in WEIGHTS.items())
    return classes.with_columns(
        pl.when(points >= 70 * weight).then(pl.lit("A")).when(points >= 30 * weight).then(pl.lit("B"))
        .otherwise(pl.lit("C")).alias("overall")
    )  # fmt: skip
