"""Who is about to become a big customer, from the facts per month, classes and forecasts, when it is asked for."""

from typing import Any

from sqlalchemy import BigInteger, Date, Float, Numeric, Subquery, Text, column, select, text

from services.insights.rules.segment_policy import SegmentPolicy
from services.insights.rules.windows import month_after
from services.insights.store.segment_reads import Filter, belonging, who
from services.insights.tables import customers

DAYS_PER_MONTH = 365 / 12

# Places and shares are among all customers of the currency that ordered in these months, whoever is asked for. The
# trend is against the company's, so that a season is no growth. Factors of which nothing is known are left out.
_CANDIDATES = """
WITH sums AS MATERIALIZED (
    SELECT customer_id, coalesce(sum(orders) FILTER (WHERE month >= :recent), 0)::bigint AS recent_orders,
           coalesce(sum(amount_minor - returned_minor) FILTER (WHERE month >= :recent), 0)::numeric AS recent,
           coalesce(sum(amount_minor - returned_minor) FILTER (WHERE month < :recent), 0)::numeric AS earlier,
           sum(costed_minor - cost_minor - returned_costed_minor + returned_cost_minor)
               FILTER (WHERE month >= :recent AND costed_minor > 0)::bigint AS profit
    FROM customer_months WHERE currency = :currency AND month >= :earlier AND month < :this GROUP BY customer_id
), company AS MATERIALIZED (
    SELECT sum(recent) / nullif(sum(earlier), 0) AS growth, sum(greatest(profit, 0)) AS profit FROM sums
), big AS MATERIALIZED (
    SELECT min(v.amount_minor) AS least FROM customer_values AS v
    JOIN customer_classes AS c USING (customer_id, currency)
    WHERE v.currency = :currency AND c.amount_class = 'A'
), placed AS MATERIALIZED (
    SELECT s.*, c.amount_class, coalesce(v.products, 0)::bigint AS products, f.amount_90, f.expected_day,
           coalesce(v.amount_minor, 0)::bigint AS window_amount,
           percent_rank() OVER (ORDER BY coalesce(v.products, 0)) AS breadth_points,
           CASE WHEN s.profit IS NOT NULL THEN percent_rank() OVER (PARTITION BY s.profit IS NULL ORDER BY s.profit) END
               AS profit_points
    FROM sums AS s
    LEFT JOIN customer_values AS v ON v.customer_id = s.customer_id AND v.currency = :currency
    LEFT JOIN customer_classes AS c ON c.customer_id = s.customer_id AND c.currency = :currency
    LEFT JOIN order_forecasts AS f ON f.customer_id = s.customer_id AND f.currency = :currency
    WHERE s.recent_orders > 0
), measured AS (
    SELECT p.*, company.growth AS company_growth, big.least,
           p.profit / nullif(company.profit, 0) AS profit_share,
           CASE WHEN p.earlier > 0 THEN p.recent / p.earlier END AS growth,
           CASE WHEN p.earlier > 0
               THEN p.recent / p.earlier / coalesce(nullif(greatest(company.growth, 0), 0), 1) - 1 END AS trend,
           p.amount_90 * (:window * :days_per_month / 90) / nullif(big.least, 0) AS reach
    FROM placed AS p CROSS JOIN company CROSS JOIN big
), pointed AS (
    SELECT m.*,
           CASE WHEN trend IS NULL THEN 1 ELSE least(greatest(trend, 0) / :full_trend, 1) END::float8 AS trend_points,
           CASE WHEN reach IS NOT NULL THEN least(reach, 1) END::float8 AS reach_points
    FROM measured AS m
    WHERE recent > 0 AND recent_orders >= :least_orders AND amount_class IS DISTINCT FROM 'A'
      AND coalesce(trend >= :least_trend, true)
)
SELECT *, 100 * (:w_trend * trend_points + :w_breadth * breadth_points + :w_profit * coalesce(profit_points, 0)
                 + :w_reach * coalesce(reach_points, 0))
       / nullif(:w_trend + :w_breadth + CASE WHEN profit_points IS NULL THEN 0 ELSE :w_profit END
                + CASE WHEN reach_points IS NULL THEN 0 ELSE :w_reach END, 0) AS score
FROM pointed
"""


def growing(wanted: Filter, policy: SegmentPolicy) -> Subquery:
    """Return the customers of a filter that are about to become big, with every factor and their points, 0 to 1."""
    rule, this = policy.growing, month_after(wanted.day, 0)
    types: dict[str, Any] = {
        **dict.fromkeys(("recent_orders", "profit", "products", "amount_90", "window_amount"), BigInteger),
        **dict.fromkeys(("recent", "earlier", "company_growth", "profit_share", "growth", "trend"), Numeric),
        **dict.fromkeys(
            ("trend_points", "breadth_points", "profit_points", "reach_points", "reach", "score"), Float
        ),
        "amount_class": Text,
        "expected_day": Date,
        "least": BigInteger,
    }
    found = (
        text(_CANDIDATES)
        .bindparams(
            currency=wanted.currency,
            this=this,
            recent=month_after(this, -rule.months),
            earlier=month_after(this, -2 * rule.months),
            window=policy.window_months,
            days_per_month=DAYS_PER_MONTH,
            full_trend=rule.full_trend_percent / 100,
            least_trend=rule.trend_percent / 100,
            least_orders=rule.least_orders,
            **{f"w_{name}": rule.weights.of(name) for name in rule.weights.__struct_fields__},
        )
        .columns(column("customer_id", Text), *(column(name, type_) for name, type_ in types.items()))
        .subquery("g")
    )
    return (
        select(found, *who(wanted.day))
        .join(customers, customers.c.customer_id == found.c.customer_id)
        .where(*belonging(wanted))
        .subquery()
    )
