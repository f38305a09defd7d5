"""What the API reads: the facts by month, as they are or summed over customers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Table, cast, exists, func, or_, select

from services.insights.rules.facts import MonthNumbers, ProductNumbers
from services.insights.tables import customer_months, customers, product_months, products, salesperson_months


@dataclass(frozen=True, slots=True)
class Span:
    """First and last month, both included; None: no end on this side."""

    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Whose facts to sum; None: everybody's. Region, category and form are those of today."""

    region: str | None = None
    category: str | None = None
    business_form: str | None = None
    owner_id: str | None = None
    seller_id: str | None = None
    seen: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None = None
    """Which customers the caller sees, by their column; None: all."""


def months_of_customer(customer_id: str, span: Span) -> Subquery:
    """Return the facts of one customer."""
    facts = select(customer_months).where(customer_months.c.customer_id == customer_id)
    return facts.where(*_within(customer_months, span)).subquery()


def months_of_company(who: Who, span: Span) -> Subquery:
    """Return the facts per month and currency, summed over customers, with how many of them ordered."""
    split = who.owner_id is not None or who.seller_id is not None
    facts = salesperson_months if split else customer_months
    conditions = _within(facts, span)
    if who.owner_id is not None:
        conditions.append(facts.c.owner_id == who.owner_id)
    if who.seller_id is not None:
        conditions.append(facts.c.seller_id == who.seller_id)
    if who.seen is not None:
        conditions.append(who.seen(facts.c.customer_id))
    wanted = {"region": who.region, "category": who.category, "business_form": who.business_form}
    of_customer = [customers.c[name] == value for name, value in wanted.items() if value is not None]
    if of_customer:
        conditions.append(exists().where(customers.c.customer_id == facts.c.customer_id, *of_customer))
    return _summed(facts, MonthNumbers._fields, conditions)


def months_of_product(product_id: str, span: Span) -> Subquery:
    """Return the facts of one product per month and currency, with how many customers ordered it."""
    conditions = [product_months.c.product_id == product_id, *_within(product_months, span)]
    return _summed(product_months, ProductNumbers._fields, conditions)


def is_known_customer(customer_id: str) -> Select[Any]:
    """Return one row with whether anything is known of a customer."""
    return select(exists().where(customers.c.customer_id == customer_id))


def is_known_product(product_id: str) -> Select[Any]:
    """Return one row with whether a product is in the catalogue or was ever sold."""
    return select(
        or_(
            exists().where(products.c.product_id == product_id),
            exists().where(product_months.c.product_id == product_id),
        )
    )


def _within(facts: Table, span: Span) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if span.first is not None:
        conditions.append(facts.c.month >= span.first)
    if span.last is not None:
        conditions.append(facts.c.month <= span.last)
    return conditions


def _summed(facts: Table, numbers: Iterable[str], conditions: list[ColumnElement[bool]]) -> Subquery:
    ordering = func.count(facts.c.customer_id.distinct()).filter(facts.c.orders > 0)
    # The sum of bigint is numeric, of which nothing here needs the range.
    sums = [cast(func.sum(facts.c[name]), BigInteger).label(name) for name in numbers]
    return (
        select(facts.c.month, facts.c.currency, ordering.label("customers"), *sums)
        .where(*conditions)
        .group_by(facts.c.month, facts.c.currency)
        .subquery()
    )
