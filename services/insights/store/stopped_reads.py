"""What the API reads of stopped products: each one, and their sums per customer or product."""

from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Numeric, Subquery, Text, cast, func, select

from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customers, products
from services.insights.tables_mix import stopped_products

By = Literal["customer", "product"]


def stopped(wanted: Filter, conditions: list[ColumnElement[bool]]) -> Subquery:
    """Return a row per customer and product. ``key`` tells them apart; ``gap`` and ``silence`` are in days."""
    s = stopped_products.c
    # The separator is no character of an id.
    key = cast(func.concat_ws("\x1f", s.customer_id, s.product_id), Text)
    return (
        select(
            *(key.label("key"), *stopped_products.c, *who(wanted.day)),
            func.coalesce(products.c.name, "").label("product_name"),
            func.coalesce(products.c.category, "").label("product_category"),
            (wanted.day - s.last_day).label("silence"),
            (cast(s.last_day - s.first_day, Numeric) / (s.purchases - 1)).label("gap"),
        )
        .join(customers, customers.c.customer_id == s.customer_id)
        .outerjoin(products, products.c.product_id == s.product_id)
        .where(s.currency == wanted.currency, *belonging(wanted), *conditions)
        .subquery()
    )


def totals(found: Subquery, by: By) -> Subquery:
    """Sum up stopped products per customer, or per product over the customers that stopped buying it."""
    c = found.c
    key, name = (c.customer_id, c.name) if by == "customer" else (c.product_id, c.product_name)
    columns: list[ColumnElement[Any]] = [
        key.label("key"),
        func.max(name).label("name"),
        func.count(c.customer_id.distinct()).label("customers"),
        func.count(c.product_id.distinct()).label("products"),
        cast(func.sum(c.year_minor), BigInteger).label("year_minor"),
        func.max(c.stopped_on).label("last_stopped_on"),
    ]
    return select(*columns).group_by(key).subquery()
