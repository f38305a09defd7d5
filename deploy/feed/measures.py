"""The measurements behind :mod:`deploy.feed.parameters`, one function per class, made with polars on the data files."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Any

import polars as pl

from deploy.feed import parameters as p
from deploy.feed.bgnbd import Fit, History, fit
from deploy.feed.data_folder import CDNOW, IBM, UCI, table

_UCI_END = date(2011, 6, 30)
_WWI_END = date(2016, 5, 31)
# Published fit on this very sample, in weeks up to 1997-09-30: Fader, Hardie, Lee (2005), table 2.
CDNOW_PUBLISHED = Fit(r=0.243, alpha=4.414, a=0.793, b=2.426)


def _num(value: Any) -> float:
    assert isinstance(value, (int, float)), f"a number was expected, not {value!r}"
    return float(value)


def uci_sales(folder: Path | None = None) -> pl.DataFrame:
    """Lines of known customers that are sales: no cancellation, positive quantity and price."""
    return table(UCI, folder).filter(
        pl.col("CustomerID").is_not_null(),
        ~pl.col("InvoiceNo").str.starts_with("C"),
        pl.col("Quantity") > 0,
        pl.col("UnitPrice") > 0,
    )


def uci_orders(folder: Path | None = None) -> pl.DataFrame:
    """One row per invoice: customer, time, amount."""
    return (
        uci_sales(folder)
        .group_by("InvoiceNo")
        .agg(
            pl.col("CustomerID").first().alias("customer"),
            pl.col("InvoiceDate").min().alias("at"),
            (pl.col("Quantity") * pl.col("UnitPrice")).sum().alias("amount"),
        )
    )


def histories(days: pl.DataFrame, end: date, days_per_unit: float = 1.0) -> list[History]:
    """Turn (customer, day) rows up to ``end`` into buying histories."""
    known = days.unique().filter(pl.col("day") <= end).group_by("customer")
    rows = known.agg(
        pl.len().alias("n"), pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    return [
        History(n - 1, (last - first).days / days_per_unit, (end - first).days / days_per_unit)
        for n, first, last in rows.sort("customer").select("n", "first", "last").iter_rows()
    ]


def cdnow_fit(folder: Path | None = None) -> Fit:
    """Fit CDNOW as in the paper, to be compared with :data:`CDNOW_PUBLISHED`."""
    days = table(CDNOW, folder).select(
        pl.col("sample_customer_id").alias("customer"), pl.col("date").dt.date().alias("day")
    )
    return fit(histories(days, date(1997, 9, 30), 7.0), Fit(1.0, 1.0, 1.0, 1.0))


def rhythm(folder: Path | None = None) -> p.OrderRhythm:
    """Measure :class:`~deploy.feed.parameters.OrderRhythm`."""
    days = uci_orders(folder).select("customer", pl.col("at").dt.date().alias("day")).unique()
    buying = fit(histories(days, _UCI_END), Fit(1.0, 50.0, 1.0, 5.0))
    shapes = (
        _gaps(days)
        .group_by("customer")
        .agg(
            pl.len().alias("n"), (pl.col("gap").mean() / pl.col("gap").std()).pow(2).log().alias("log_shape")
        )
        .filter(pl.col("n") >= 6, pl.col("log_shape").is_finite())["log_shape"]
    )
    wwi_days = table("wwi_sales_orders", folder).select(
        pl.col("CustomerID").alias("customer"), pl.col("OrderDate").dt.date().alias("day")
    )
    return p.OrderRhythm(
        rate_shape=buying.r,
        uci_rate_scale_days=buying.alpha,
        leave_a=buying.a,
        leave_b=buying.b,
        regularity_log_mean=_num(shapes.mean()),
        regularity_log_sd=_num(shapes.std()),
        mean_gap_days=_num(_gaps(wwi_days.unique())["gap"].mean()),
    )


def _gaps(days: pl.DataFrame) -> pl.DataFrame:
    gap = (pl.col("day") - pl.col("day").shift(1).over("customer")).dt.total_days().alias("gap")
    return days.sort("customer", "day").with_columns(gap).drop_nulls("gap")


def seasonality(folder: Path | None = None) -> p.Seasonality:
    """Measure :class:`~deploy.feed.parameters.Seasonality`."""
    by_weekday = table("wwi_sales_orders", folder).group_by(pl.col("OrderDate").dt.weekday().alias("k")).len()
    weekday = dict(by_weekday.iter_rows())
    orders = uci_orders(folder)
    in_2010 = orders.filter(pl.col("at").dt.year() == 2010)
    month = dict(in_2010.group_by(pl.col("at").dt.month().alias("k")).len().iter_rows())
    hour = dict(orders.group_by(pl.col("at").dt.hour().alias("k")).len().iter_rows())
    month_days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return p.Seasonality(
        weekday_index=tuple(weekday.get(d, 0) * 7 / sum(weekday.values()) for d in range(1, 8)),
        month_index=tuple(month[m] / month_days[m - 1] / (len(in_2010) / 365) for m in range(1, 13)),
        first_hour=min(hour),
        hour_share=tuple(hour[h] / len(orders) for h in range(min(hour), max(hour) + 1)),
    )


def basket(folder: Path | None = None) -> p.Basket:
    """Measure :class:`~deploy.feed.parameters.Basket`."""
    lines = table("wwi_sales_order_lines", folder)
    counts = dict(lines.group_by("OrderID").len().group_by("len").len(name="n").iter_rows())
    logs = lines.select(pl.col("Quantity").log().alias("q"), pl.col("UnitPrice").log().alias("p"))
    slope = _num(logs.select(pl.cov("q", "p") / pl.var("p")).item())
    level = _num(logs["q"].mean()) - slope * _num(logs["p"].mean())
    sizes = uci_orders(folder).select("customer", pl.col("amount").log().alias("size"))
    sizes = sizes.filter(pl.len().over("customer") >= 3)
    groups = sizes.group_by("customer").agg(
        pl.len().alias("n"), pl.col("size").mean().alias("mean"), pl.col("size").var().alias("var")
    )
    within = _num((groups["var"] * (groups["n"] - 1)).sum()) / _num((groups["n"] - 1).sum())
    # The variance of the means holds the sampling variance of each mean, which is taken off.
    between = _num(groups["mean"].var()) - within * _num((1 / groups["n"]).mean())
    return p.Basket(
        lines_share=tuple(counts[n] / sum(counts.values()) for n in sorted(counts)),
        quantity_log_at_price_1=level,
        quantity_log_per_log_price=slope,
        quantity_log_sd=_num((logs["q"] - level - slope * logs["p"]).std()),
        size_log_sd_between=between**0.5,
    )


def assortment(folder: Path | None = None) -> p.Assortment:
    """Measure :class:`~deploy.feed.parameters.Assortment`."""
    items = table("wwi_warehouse_stock_items", folder).join(
        table("wwi_warehouse_stock_item_cost", folder), on="StockItemID"
    )
    price, margin = items["UnitPrice"].log(), 1 - items["LastCostPrice"] / items["UnitPrice"]
    sold = uci_sales(folder).group_by("StockCode").len().sort("len", descending=True)["len"]
    share = _num(sold.head(len(sold) // 5).sum()) / _num(sold.sum())
    # For log-normal popularity the share of the top fifth is Phi(sd - z), z the 80 % point of the normal.
    normal = NormalDist()
    return p.Assortment(
        price_log_mean=_num(price.mean()),
        price_log_sd=_num(price.std()),
        margin_mean=_num(margin.mean()),
        margin_sd=_num(margin.std()),
        top_fifth_share=share,
        popularity_log_sd=normal.inv_cdf(share) + normal.inv_cdf(0.8),
    )


def fulfilment(folder: Path | None = None) -> p.Fulfilment:
    """Measure :class:`~deploy.feed.parameters.Fulfilment`."""
    orders = table("wwi_sales_orders", folder)
    invoices = table("wwi_sales_invoices_reconstructed", folder).select("OrderID", "InvoiceDate")
    joined = orders.join(invoices, on="OrderID", how="left")
    days = joined.select((pl.col("InvoiceDate") - pl.col("OrderDate")).dt.total_days().alias("d"))["d"]
    late = days.drop_nulls().filter(days.drop_nulls() > 0).log()
    return p.Fulfilment(
        never_invoiced_share=days.null_count() / len(days),
        late_share=len(late) / (len(days) - days.null_count()),
        late_log_mean=_num(late.mean()),
        late_log_sd=_num(late.std()),
        split_share=1 - orders["BackorderOrderID"].null_count() / len(orders),
    )


def returns(folder: Path | None = None) -> p.Returns:
    """Measure :class:`~deploy.feed.parameters.Returns`."""
    sales = uci_sales(folder)
    cancelled = table(UCI, folder).filter(
        pl.col("CustomerID").is_not_null(), pl.col("InvoiceNo").str.starts_with("C"), pl.col("UnitPrice") > 0
    )
    keys = ["CustomerID", "StockCode"]
    matched = cancelled.sort("InvoiceDate").join_asof(
        sales.select(*keys, pl.col("InvoiceDate"), pl.col("InvoiceDate").alias("sold_at")).sort(
            "InvoiceDate"
        ),
        on="InvoiceDate",
        by=keys,
        check_sortedness=False,
    )
    found = matched.drop_nulls("sold_at")
    value = (-(found["Quantity"] * found["UnitPrice"])).sum()
    lag = (found["InvoiceDate"] - found["sold_at"]).dt.total_minutes() / 1440
    orders = uci_orders(folder)
    return p.Returns(
        documents_per_order=cancelled["InvoiceNo"].n_unique() / len(orders),
        value_share=_num(value) / _num(orders["amount"].sum()),
        lag_days_median=_num(lag.median()),
    )


def payments(folder: Path | None = None) -> p.PaymentBehaviour:
    """Measure :class:`~deploy.feed.parameters.PaymentBehaviour`."""
    days_late = (pl.col("SettledDate") - pl.col("DueDate")).dt.total_days().alias("late")
    invoices = table(IBM, folder).select("customerID", days_late)
    customers = invoices.group_by("customerID").agg(pl.col("late").mean().alias("mean"))
    spread = (pl.col("late") - pl.col("late").mean().over("customerID")).pow(2).sum()
    within = _num(invoices.select(spread).item()) / (len(invoices) - len(customers))
    late = invoices["late"].filter(invoices["late"] > 0)
    return p.PaymentBehaviour(
        customer_mean_days=_num(customers["mean"].mean()),
        customer_sd_days=_num(customers["mean"].std()),
        invoice_sd_days=within**0.5,
        late_share=len(late) / len(invoices),
        mean_days_when_late=_num(late.mean()),
    )


def credit(folder: Path | None = None) -> p.CreditGranting:
    """Measure :class:`~deploy.feed.parameters.CreditGranting`."""
    invoices = table("wwi_sales_invoices_reconstructed", folder)
    turnover = invoices.group_by(pl.col("BillToCustomerID").alias("CustomerID")).agg(
        pl.col("TransactionAmount").sum().alias("amount"), pl.col("InvoiceDate").min().alias("first")
    )
    billed = table("wwi_sales_customers", folder).join(turnover, on="CustomerID")
    days = (pl.lit(_WWI_END) - pl.col("first").dt.date()).dt.total_days() + 1
    multiple = billed.filter(pl.col("CreditLimit").is_not_null()).select(
        (pl.col("CreditLimit") / (pl.col("amount") / days * pl.col("PaymentDays"))).log().alias("m")
    )["m"]
    return p.CreditGranting(
        limit_log_mean=_num(multiple.mean()),
        limit_log_sd=_num(multiple.std()),
        unlimited_share=billed["CreditLimit"].null_count() / len(billed),
    )


def growth(folder: Path | None = None) -> p.Growth:
    """Measure :class:`~deploy.feed.parameters.Growth`."""
    first = uci_orders(folder).group_by("customer").agg(pl.col("at").min().dt.date())["at"]
    months = [date(2011, m, 1) for m in range(1, 8)]
    seen = [first.filter(first < month).len() for month in months]
    rates = [(after - before) / before for before, after in pairwise(seen)]
    return p.Growth(new_customers_per_month=sum(rates) / len(rates))


MEASURES = {
    "rhythm": rhythm,
    "seasonality": seasonality,
    "basket": basket,
    "assortment": assortment,
    "fulfilment": fulfilment,
    "returns": returns,
    "payments": payments,
    "credit": credit,
    "growth": growth,
}
"""Field of :class:`~deploy.feed.parameters.Distributor` to the function that measures it."""
