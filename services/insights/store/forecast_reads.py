"""What the API reads of forecasts, with who the customers are."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, select
from sqlalchemy.sql.selectable import FromClause

from services.insights.rules.windows import month_after
from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customer_months, customers, orders
from services.insights.tables_forecasts import order_forecasts

_F = order_forecasts.c


def forecasts(wanted: Filter, since: date | None, until: date | None) -> Subquery:
    """Return the forecasts of customers in one currency whose next order is expected between two days."""
    conditions: list[ColumnElement[bool]] = [_F.currency == wanted.currency, *belonging(wanted)]
    if since is not None:
        conditions.append(_F.expected_day >= since)
    if until is not None:
        conditions.append(_F.expected_day <= until)
    return _rows(wanted.day).where(_F.forecast_on.is_not(None), *conditions).subquery()


def forecasts_of(customer_id: str, day: date) -> Select[Any]:
    """Return the forecasts of one customer, one row per currency."""
    made = (_F.customer_id == customer_id, _F.forecast_on.is_not(None))
    return _rows(day).where(*made).order_by(_F.currency)


def gaps(wanted: Filter) -> Subquery:
    """Return this month, last month, the same month last year and what is expected, per customer in one currency.

    Orders are days with an order throughout, as in forecasts.
    """
    this = wanted.day.replace(day=1)
    months = (this, month_after(this, -1), month_after(this, -12))
    now, last, year = (_month(month, name) for month, name in zip(months, "nly", strict=True))
    days = [_days(facts, month) for facts, month in zip((now, last, year), months, strict=True)]
    of_month = _F.month == this
    whole = [case((of_month, _F[f"whole_{name}"])) for name in ("orders", "amount")]
    so_far = [days[0], func.coalesce(now.c.amount_minor, 0)]
    before = [days[2], func.coalesce(year.c.amount_minor, 0)]
    source: FromClause = order_forecasts.join(customers, customers.c.customer_id == _F.customer_id)
    for month in (now, last, year):
        same = and_(month.c.customer_id == _F.customer_id, month.c.currency == _F.currency)
        source = source.outerjoin(month, same)
    return (
        select(
            *(_F.customer_id, _F.currency, *who(wanted.day)),
            *(so_far[0].label("orders"), so_far[1].label("amount")),
            days[1].label("last_orders"),
            func.coalesce(last.c.amount_minor, 0).label("last_amount"),
            *(before[0].label("year_orders"), before[1].label("year_amount")),
            *(whole[0].label("expected_orders"), whole[1].label("expected_amount")),
            case((of_month, _F.month_orders)).label("rest_orders"),
            case((of_month, _F.month_amount)).label("rest_amount"),
            *((whole[0] - so_far[0]).label("gap_orders"), (whole[1] - so_far[1]).label("gap_amount")),
            *(
                (before[0] - so_far[0]).label("year_gap_orders"),
                (before[1] - so_far[1]).label("year_gap_amount"),
            ),
        )
        .select_from(source)
        .where(_F.currency == wanted.currency, *belonging(wanted))
        .subquery()
    )


def _rows(day: date) -> Select[Any]:
    return select(order_forecasts, *who(day)).join(customers, customers.c.customer_id == _F.customer_id)


def _month(month: date, name: str) -> Subquery:
    facts = customer_months.c
    columns = (facts.customer_id, facts.currency, facts.orders, facts.amount_minor)
    return select(*columns).where(facts.month == month).subquery(name)


def _days(facts: Subquery, month: date) -> ColumnElement[int]:
    """Return on how many days of a month there was an order.

    Facts count every order. Only where a month has several, its days are counted, by the index of the customer; beside
    the months and not inside them, so that a list that is not sorted by it counts for the rows that are shown alone.
    """
    of = orders.c
    days = (
        select(func.count(of.placed_day.distinct()))
        .where(
            *(of.customer_id == _F.customer_id, of.currency == _F.currency, of.counts_as == "order"),
            *(of.placed_day >= month, of.placed_day < month_after(month, 1)),
        )
        .correlate(order_forecasts)
        .scalar_subquery()
    )
    return case((facts.c.orders > 1, days), else_=func.coalesce(facts.c.orders, 0))


def expected_by_day(wanted: Filter, since: date, until: date) -> Select[Any]:
    """Return how many next orders are expected on each day, and what they are worth; days without any are left out.

    An order counts on its expected day alone, with half of such orders worth more than its amount.
    """
    found = forecasts(wanted, since, until)
    return (
        select(
            found.c.expected_day,
            func.count().label("orders"),
            func.sum(found.c.typical_amount).label("amount"),
        )
        .group_by(found.c.expected_day)
        .order_by(found.c.expected_day)
    )
