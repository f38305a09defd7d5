"""Values of a window of one month, classes, scores, tiers and stages, computed with polars alone."""

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


LIFE = {
    "dormant_days": 7,
    "revived_days": 5,
    "familiar_orders": 2,
    "familiar_days": 3,
    "established_orders": 4,
    "established_days": 10,
}
"""Short lives, so that a month has all stages."""
DORMANT_GAPS = 3


def expected_scores(values: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """RFM scores of who ordered in the month, and profit tiers."""
    last = orders.group_by("customer_id").agg(pl.col("day").max())

    def score(column: str) -> pl.Expr:
        better = pl.col(column).rank("min", descending=True).cast(pl.Int64) - 1
        return 5 - 5 * better // pl.len()

    scored = (
        values.filter(pl.col("orders") > 0)
        .join(last, on="customer_id")
        .select(
            "customer_id",
            score("day").alias("recency"),
            score("orders").alias("frequency"),
            score("amount").alias("monetary"),
        )
    )
    known = values.filter(pl.col("profit").is_not_null())
    better = (pl.col("profit").rank("min", descending=True) - 1) / pl.len()
    tier = (
        pl.when(pl.col("profit") < 0).then(pl.lit("loss")).when(better < 0.01).then(pl.lit("platinum"))
        .when(better < 0.05).then(pl.lit("gold")).when(better < 0.2).then(pl.lit("iron")).otherwise(pl.lit("lead"))
    )  # fmt: skip
    tiers = known.select("customer_id", tier.alias("tier"))
    both = values.select("customer_id").join(scored, on="customer_id", how="left")
    return both.join(tiers, on="customer_id", how="left").sort("customer_id")


def expected_stages(orders: pl.DataFrame, today: date) -> pl.DataFrame:
    """Stage of everybody who ever ordered."""
    counts = orders.group_by("customer_id").agg(pl.len().alias("orders"))
    days = orders.unique().sort("customer_id", "day")
    gap = (pl.col("day") - pl.col("day").shift()).dt.total_days().over("customer_id")
    revivals = days.with_columns(gap.alias("gap")).filter(pl.col("gap") > LIFE["dormant_days"])
    known = (
        days.group_by("customer_id")
        .agg(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
        .join(counts, on="customer_id")
        .join(
            revivals.group_by("customer_id").agg(pl.col("day").max().alias("revival")),
            on="customer_id",
            how="left",
        )
    )

    def days_since(column: str) -> pl.Expr:
        return (pl.lit(today) - pl.col(column)).dt.total_days()

    def has(stage: str) -> pl.Expr:
        orders, age = LIFE[f"{stage}_orders"], LIFE[f"{stage}_days"]
        return (pl.col("orders") >= orders) & (days_since("first") >= age)

    stage = (
        pl.when(days_since("last") > LIFE["dormant_days"]).then(pl.lit("dormant"))
        .when(days_since("revival") < LIFE["revived_days"]).then(pl.lit("revived"))
        .when(has("established")).then(pl.lit("established"))
        .when(has("familiar")).then(pl.lit("familiar")).otherwise(pl.lit("new"))
    )  # fmt: skip
    return known.select("customer_id", stage.alias("stage")).sort("customer_id")


def expected_spells(orders: pl.DataFrame, day: date) -> pl.DataFrame:
    """Customer, last order day, first dormant days by days and by rhythm, and day of the return, of every silence."""
    today = pl.lit(day)
    first = pl.col("day").first().over("customer_id")
    gaps = pl.int_range(pl.len()).over("customer_id")
    age_days = (pl.col("day") - first).dt.total_days()
    until = pl.coalesce("revived_on", today)
    by_days = pl.col("last_order_day") + pl.duration(days=LIFE["dormant_days"] + 1)
    by_rhythm = pl.col("last_order_day") + pl.duration(days=pl.col("usual") + 1)
    return (
        orders.select("customer_id", "day")
        .unique()
        .sort("customer_id", "day")
        .with_columns(
            pl.col("day").alias("last_order_day"),
            pl.col("day").shift(-1).over("customer_id").alias("revived_on"),
            pl.when(gaps >= 3).then(DORMANT_GAPS * age_days // gaps).alias("usual"),
        )
        .with_columns(
            pl.when(by_days <= until).then(by_days).alias("days_on"),
            pl.when(by_rhythm <= until).then(by_rhythm).alias("rhythm_on"),
        )
        .filter(pl.col("days_on").is_not_null() | pl.col("rhythm_on").is_not_null())
        .select("customer_id", "last_order_day", "days_on", "rhythm_on", "revived_on")
        .sort("customer_id", "last_order_day")
    )
