"""What the API reads of segments: values and classes with who the customers are, and rankings inside a filter."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from services.insights.classing import VALUES
from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.segment_policy import Abc
from services.insights.tables import customer_owners, customers
from services.insights.tables_segments import (
    class_changes,
    customer_classes,
    customer_stages,
    customer_values,
)

UNKNOWN_LEAST = -(2**62)
"""Where what is not known stands in an order."""

NO_CLASS = "Z"
"""Where a customer without a class stands in an order of classes."""

GROUPS = ("region", "category", "business_form", "salesperson_id")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which customers; None: all. Region, category and form are those of today, like who looks after the customer."""

    currency: str
    day: date
    region: str | None = None
    category: str | None = None
    business_form: str | None = None
    salesperson_id: str | None = None
    seen: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None = None
    """Which customers the caller sees, by their column; None: all."""


def owner_on(day: date, customer_id: ColumnElement[str]) -> ColumnElement[str]:
    """Return who looks after a customer on a day, "" for nobody."""
    found = (
        select(customer_owners.c.salesperson_id)
        .where(customer_owners.c.customer_id == customer_id, customer_owners.c.from_day <= day)
        .order_by(customer_owners.c.from_day.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(found, "")


def _rows(day: date) -> Select[Any]:
    same = and_(
        customer_classes.c.customer_id == customer_values.c.customer_id,
        customer_classes.c.currency == customer_values.c.currency,
    )
    found = [column for column in customer_classes.c if column.name not in {"customer_id", "currency"}]
    return (
        select(customer_values, *found, customer_stages.c.stage, *who(day))
        .join(customers, customers.c.customer_id == customer_values.c.customer_id)
        .outerjoin(customer_classes, same)
        .outerjoin(customer_stages, customer_stages.c.customer_id == customer_values.c.customer_id)
    )


def segments(wanted: Filter) -> Subquery:
    """Return values and classes of customers in one currency, one row each."""
    conditions = [customer_values.c.currency == wanted.currency, *belonging(wanted)]
    return _rows(wanted.day).where(*conditions).subquery()


def segments_of(customer_id: str, day: date) -> Select[Any]:
    """Return values and classes of one customer, one row per currency."""
    mine = customer_values.c.customer_id == customer_id
    return _rows(day).where(mine).order_by(customer_values.c.currency)


def stages(wanted: Filter) -> Subquery:
    """Return where customers stand in their life, prospects included; the currency does not matter."""
    columns = (customer_stages.c.customer_id, customer_stages.c.stage, customer_stages.c.orders)
    days = (customers.c.known_since, customers.c.first_order_day, customers.c.last_order_day)
    return (
        select(*columns, customer_stages.c.revived_on, *days, *who(wanted.day))
        .join(customers, customers.c.customer_id == customer_stages.c.customer_id)
        .where(*belonging(wanted))
        .subquery()
    )


def known(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a number to sort by; what is not known comes last downwards."""
    return func.coalesce(column, UNKNOWN_LEAST)


def ranked(wanted: Filter, dimension: str) -> Subquery:
    """Return the customers of a filter with what they are ranked by; who has nothing is left out.

    Columns: ``customer_id``, ``value``, and ``makes``: what of it counts.
    """
    value = customer_values.c[VALUES[dimension]]
    makes = func.greatest(customer_values.c.profit_minor, 0) if dimension == "margin" else value
    narrowed = belonging(wanted)
    found = select(customer_values.c.customer_id, value.label("value"), makes.label("makes")).where(
        customer_values.c.currency == wanted.currency, value > 0, *narrowed
    )
    if narrowed:
        found = found.join(customers, customers.c.customer_id == customer_values.c.customer_id)
    return found.subquery()


def ranking(wanted: Filter, dimension: str, rule: Abc, first: int | None = None) -> Subquery:
    """Rank the customers of a filter among themselves, without hysteresis: who has nothing is left out.

    ``above`` is what those with greater values make, ``total`` what all make.

    Args:
        first: only so many, the greatest: nobody after them changes their ranks. None: all.
    """
    rows = ranked(wanted, dimension)
    total = select(cast(func.sum(rows.c.makes), BigInteger)).scalar_subquery()
    if first is not None:
        rows = select(rows).order_by(rows.c.value.desc(), rows.c.customer_id).limit(first).subquery()
    placed = select(
        rows,
        func.rank().over(order_by=rows.c.value.desc()).label("rank"),
        cast(
            func.coalesce(func.sum(rows.c.makes).over(order_by=rows.c.value.desc(), groups=(None, -1)), 0),
            BigInteger,
        ).label("above"),
        total.label("total"),
    ).subquery()
    position = placed.c.above * 100
    class_ = case(
        (placed.c.total == 0, None),
        (position < rule.a_percent * placed.c.total, "A"),
        (position < rule.b_percent * placed.c.total, "B"),
        else_="C",
    )
    # Who they are is said beside the ranks: it is looked up for the rows that are shown, not for all that are ranked.
    return (
        select(placed, *who(wanted.day), cast(class_, Text).label("class"))
        .join(customers, customers.c.customer_id == placed.c.customer_id)
        .subquery()
    )


def distribution(wanted: Filter, dimension: str, by: str) -> Select[Any]:
    """Return customers and amounts per class and group."""
    found = segments(wanted)
    class_ = found.c[f"{dimension}_class"] if dimension in DIMENSIONS else found.c[dimension]
    group = found.c[by] if by in GROUPS else literal("")
    return (
        select(
            group.label("group"),
            class_.label("class"),
            func.count().label("customers"),
            cast(func.sum(found.c.amount_minor), BigInteger).label("amount_minor"),
            cast(func.sum(found.c.profit_minor), BigInteger).label("profit_minor"),
        )
        .group_by(group, class_)
        .order_by(group, class_.asc().nulls_last())
    )


def changes(
    customer_id: str | None, since: date | None, until: date | None, currency: str | None
) -> Select[Any]:
    """Return changes of classes."""
    conditions: list[ColumnElement[bool]] = []
    if customer_id is not None:
        conditions.append(class_changes.c.customer_id == customer_id)
    if since is not None:
        conditions.append(class_changes.c.day >= since)
    if until is not None:
        conditions.append(class_changes.c.day <= until)
    if currency is not None:
        conditions.append(class_changes.c.currency == currency)
    return select(class_changes).where(*conditions)


def moved(dimension: str | None, way: str | None) -> list[ColumnElement[bool]]:
    """Return what is true of changes in a dimension, and of those of the overall class upwards or downwards."""
    conditions: list[ColumnElement[bool]] = []
    if dimension is not None:
        conditions.append(class_changes.c.moved.contains([{"dimension": dimension}]))
    if way is not None:
        before = func.coalesce(class_changes.c.previous, NO_CLASS)
        after = func.coalesce(class_changes.c.current, NO_CLASS)
        conditions.append(after < before if way == "up" else after > before)
    return conditions


def called(found: FromClause, text: str | None) -> list[ColumnElement[bool]]:
    """Return what is true of customers with a text in their name or number."""
    if text is None:
        return []
    return [or_(*(found.c[name].icontains(text, autoescape=True) for name in ("name", "customer_id")))]


def who(day: date) -> list[ColumnElement[Any]]:
    """Return the columns that say who a customer is and who looks after it on a day."""
    return [
        customers.c.name,
        customers.c.region,
        customers.c.category,
        customers.c.business_form,
        owner_on(day, customers.c.customer_id).label("salesperson_id"),
    ]


def belonging(wanted: Filter) -> list[ColumnElement[bool]]:
    """Return what is true of the customers of a filter; its currency is not looked at."""
    asked = {
        "region": wanted.region,
        "category": wanted.category,
        "business_form": wanted.business_form,
    }
    conditions = [customers.c[name] == value for name, value in asked.items() if value is not None]
    if wanted.salesperson_id is not None:
        conditions.append(owner_on(wanted.day, customers.c.customer_id) == wanted.salesperson_id)
    if wanted.seen is not None:
        conditions.append(wanted.seen(customers.c.customer_id))
    return conditions
