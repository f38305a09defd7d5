"""What is expected of products: per customer in its next order, and in all over the days ahead.

The formula is that of ``forecasting/products.py``, in SQL, so that it can be summed up over all customers.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    Select,
    Subquery,
    Text,
    cast,
    column,
    func,
    select,
    text,
    true,
)

from services.insights.forecasting.products import DEFAULT
from services.insights.store.segment_reads import Filter, belonging
from services.insights.tables import customers, products
from services.insights.tables_forecasts import order_forecasts, order_populations, usual_products

# A customer whose next order comes later than this is not asked: its share is below a hundredth of an order.
LEAST_ORDERS = 0.01

_OF_CUSTOMER = text(
    f"""
    SELECT p.currency, u.product_id, coalesce(n.name, '') AS name, p.orders, u.times, u.last_day, e.chance,
           e.chance * u.quantity / u.times AS quantity_milli
    FROM usual_products AS p
    CROSS JOIN LATERAL unnest(p.product_ids, p.times, p.quantities_milli, p.orders_before, p.last_days)
        AS u (product_id, times, quantity, orders_before, last_day)
    CROSS JOIN LATERAL (
        SELECT coalesce(max(chance), {DEFAULT.chance}) AS chance, coalesce(max(worth), {DEFAULT.worth}) AS worth
        FROM (SELECT repeat_chance AS chance, repeat_worth AS worth FROM order_populations
              WHERE currency = p.currency ORDER BY version DESC LIMIT 1) AS l
    ) AS r
    CROSS JOIN LATERAL (
        SELECT (r.worth * r.chance + u.times - 1)
             / (r.worth + greatest(p.orders - u.orders_before - 1, u.times - 1)) AS chance
    ) AS e
    LEFT JOIN products AS n ON n.product_id = u.product_id
    WHERE p.customer_id = :customer_id
    ORDER BY p.currency, e.chance DESC, u.product_id COLLATE "C"
    """  # noqa: S608
)


def usual_of(customer_id: str) -> Any:
    """Return the usual products of a customer, per currency the likeliest first."""
    return _OF_CUSTOMER.bindparams(customer_id=customer_id)


def expected_products(wanted: Filter, days: int, product_id: str | None = None) -> Subquery:
    """Return what the customers of a filter will order of each product within ``days``, 1 to 90.

    Expected orders times the expected quantity per order; between and beyond 30 days expected orders are interpolated.
    """
    near, far = order_forecasts.c.orders_30, order_forecasts.c.orders_90
    orders = near * days / 30 if days <= 30 else near + (far - near) * (days - 30) / 60
    latest = (
        select(order_populations.c.repeat_chance, order_populations.c.repeat_worth)
        .where(order_populations.c.currency == wanted.currency)
        .order_by(order_populations.c.version.desc())
        .limit(1)
        .subquery()
    )
    mean = func.coalesce(select(latest.c.repeat_chance).scalar_subquery(), DEFAULT.chance)
    worth = func.coalesce(select(latest.c.repeat_worth).scalar_subquery(), DEFAULT.worth)
    u = usual_products.c
    columns = (
        *(column("product_id", Text), column("times", Integer)),
        *(column("quantity", BigInteger), column("orders_before", Integer)),
    )
    arrays = (u.product_ids, u.times, u.quantities_milli, u.orders_before)
    # A function in FROM sees the row before it, so this is one row per product of the customer.
    bought = func.unnest(*arrays).table_valued(*columns).render_derived(name="b")
    times = cast(bought.c.times, Float)
    trials = func.greatest(u.orders - bought.c.orders_before - 1, bought.c.times - 1)
    chance = (worth * mean + times - 1) / (worth + trials)
    same = (order_forecasts.c.customer_id == u.customer_id) & (order_forecasts.c.currency == u.currency)
    found: Select[Any] = (
        select(
            bought.c.product_id.label("product_id"),
            func.count().label("customers"),
            func.sum(orders * chance).label("orders"),
            func.sum(orders * chance * bought.c.quantity / times).label("quantity"),
        )
        .select_from(usual_products)
        .join(order_forecasts, same)
        .join(customers, customers.c.customer_id == u.customer_id)
        .join(bought, true())
        .where(u.currency == wanted.currency, orders >= LEAST_ORDERS, *belonging(wanted))
        .group_by(bought.c.product_id)
    )
    if product_id is not None:
        found = found.where(bought.c.product_id == product_id)
    sums = found.subquery()
    named = select(
        sums,
        func.coalesce(products.c.name, "").label("name"),
        func.coalesce(products.c.category, "").label("category"),
    ).outerjoin(products, products.c.product_id == sums.c.product_id)
    return named.subquery()
