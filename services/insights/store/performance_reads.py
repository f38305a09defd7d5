"""What the API reads of the performance of salespeople: one row per month and person, from the facts alone."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, Subquery, Text, column, text

# A customer is somebody's as of the end of the month, or of today in this month, so a past month is judged by its owner
# then. No month is after this one: as "= this month" the planner expects next to nothing of it, and looks everybody up
# one by one. A sale that somebody else took is credited by the rule in force when the month began.
_ROWS = """
WITH months AS (
    SELECT m::date AS month, least((m + interval '1 month - 1 day')::date, CAST(:day AS date)) AS last
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 month') AS m
    WHERE m <= CAST(:day AS date)
), ruled AS (
    SELECT m.*, coalesce(p.body, '{}'::jsonb) AS body FROM months AS m LEFT JOIN LATERAL (
        SELECT d.body FROM dated_policies AS d WHERE d.kind = 'performance' AND d.from_day <= m.month
        ORDER BY d.version DESC LIMIT 1) AS p ON true
), spans AS (
    SELECT customer_id, salesperson_id AS person, from_day,
           lead(from_day) OVER (PARTITION BY customer_id ORDER BY from_day) AS until
    FROM customer_owners AS o
    WHERE CAST(:person AS text) IS NULL OR EXISTS (
        SELECT FROM customer_owners AS n WHERE n.customer_id = o.customer_id AND n.salesperson_id = :person)
), held AS (
    SELECT m.month, s.person, s.customer_id FROM months AS m
    JOIN spans AS s ON s.from_day <= m.last AND (s.until IS NULL OR s.until > m.last)
), portfolio AS (
    SELECT month, person, count(*) AS assigned FROM held GROUP BY 1, 2
), ordering AS (
    SELECT h.month, h.person, count(*) AS active FROM held AS h
    WHERE EXISTS (SELECT FROM customer_months AS f WHERE f.customer_id = h.customer_id AND f.month = h.month
        AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date) AND f.orders > 0) GROUP BY 1, 2
), owed AS (
    SELECT h.month, h.person, total(r.overdue_minor) AS overdue, total(r.invoiced_minor) AS receivables
    FROM held AS h JOIN receivables AS r USING (customer_id)
    WHERE h.month >= date_trunc('month', CAST(:day AS date))::date AND r.currency = :currency GROUP BY 1, 2
), sold AS (
    SELECT f.month, f.owner_id, f.seller_id, total(amount_minor - returned_minor) AS sales,
           total(costed_minor - cost_minor - returned_costed_minor + returned_cost_minor) AS profit,
           bool_or(cost_minor <> 0 OR costed_minor <> 0 OR returned_cost_minor <> 0 OR returned_costed_minor <> 0)
               AS is_known,
           total(collected_minor - reversed_minor) AS collections
    FROM salesperson_months AS f
    WHERE f.currency = :currency AND f.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND (CAST(:person AS text) IS NULL OR f.owner_id = :person OR f.seller_id = :person)
    GROUP BY 1, 2, 3
), shared AS (
    SELECT s.*, CASE WHEN s.seller_id IN ('', s.owner_id) THEN 100 WHEN s.owner_id = '' THEN 0
                     ELSE coalesce((m.body ->> 'owner_percent')::int, 100) END AS percent
    FROM sold AS s JOIN ruled AS m USING (month)
), parted AS (
    SELECT month, owner_id, seller_id, percent, is_known, collections, sales, profit,
           trunc(sales::numeric * percent / 100)::bigint AS sales_part,
           trunc(profit::numeric * percent / 100)::bigint AS profit_part
    FROM shared
), credited AS (
    SELECT month, owner_id AS person, sales_part AS sales, profit_part AS profit, is_known, collections
    FROM parted WHERE percent > 0 OR collections <> 0
    UNION ALL
    SELECT month, seller_id, sales - sales_part, profit - profit_part, is_known, 0 FROM parted WHERE percent < 100
), trade AS (
    SELECT month, person, sum(sales)::bigint AS sales, sum(profit)::bigint AS profit, bool_or(is_known) AS is_known,
           sum(collections)::bigint AS collections
    FROM credited GROUP BY 1, 2
), revived AS (
    SELECT date_trunc('month', s.revived_on)::date AS month, s.credited_to AS person, count(*) AS revived
    FROM dormant_spells AS s
    WHERE s.revived_on >= CAST(:first AS date) AND s.revived_on < CAST(:last AS date) + interval '1 month'
    GROUP BY 1, 2
), contacts AS (
    SELECT date_trunc('month', f.done_on)::date AS month, f.salesperson_id AS person, count(*) AS follow_ups
    FROM (SELECT salesperson_id, coalesce(happened_on, completed_on) AS done_on FROM follow_ups
          WHERE recorded_at IS NOT NULL) AS f
    WHERE f.done_on >= CAST(:first AS date) AND f.done_on < CAST(:last AS date) + interval '1 month'
    GROUP BY 1, 2
), foreseen AS (
    SELECT h.month, h.person, total(f.whole_amount) AS expected,
           total(f.whole_amount - coalesce(m.amount_minor, 0)) AS gap
    FROM held AS h
    JOIN order_forecasts AS f ON f.customer_id = h.customer_id AND f.currency = :currency
        AND f.month = date_trunc('month', CAST(:day AS date))::date AND f.whole_amount IS NOT NULL
    LEFT JOIN customer_months AS m ON m.customer_id = h.customer_id AND m.currency = :currency
        AND m.month = date_trunc('month', CAST(:day AS date))::date
    WHERE h.month >= date_trunc('month', CAST(:day AS date))::date
    GROUP BY 1, 2
), earned AS (
    SELECT e.month, e.salesperson_id AS person, sum(e.amount_minor)::bigint AS commission,
           coalesce(-sum(e.amount_minor) FILTER (WHERE e.amount_minor < 0), 0)::bigint AS clawed_back
    FROM commission_entries AS e
    WHERE e.currency = :currency AND e.month BETWEEN CAST(:first AS date) AND CAST(:last AS date)
      AND (CAST(:person AS text) IS NULL OR e.salesperson_id = :person)
    GROUP BY 1, 2
), everybody AS (
    SELECT month, person FROM portfolio UNION SELECT month, person FROM trade
    UNION SELECT month, person FROM revived UNION SELECT month, person FROM contacts
    UNION SELECT month, person FROM earned
)
SELECT to_char(e.month, 'YYYY-MM') AS month, e.person AS salesperson_id, p.name, p.team, p.region,
       coalesce(h.assigned, 0) AS assigned, coalesce(n.active, 0) AS active,
       (coalesce(n.active, 0) * 100.0 / h.assigned)::float AS active_percent, t.target_percent,
       (coalesce(n.active, 0) * 100.0 / h.assigned - t.target_percent)::float AS above_target,
       coalesce(s.sales, 0) AS sales, CASE WHEN s.is_known THEN s.profit END AS profit,
       coalesce(s.collections, 0) AS collections, o.overdue, o.receivables,
       (o.overdue * 100.0 / nullif(o.receivables, 0))::float AS overdue_percent,
       coalesce(r.revived, 0) AS revived, coalesce(c.follow_ups, 0) AS follow_ups,
       g.expected, g.gap, coalesce(q.commission, 0) AS commission, coalesce(q.clawed_back, 0) AS clawed_back
FROM everybody AS e JOIN ruled AS m USING (month)
LEFT JOIN portfolio AS h USING (month, person) LEFT JOIN ordering AS n USING (month, person)
LEFT JOIN trade AS s USING (month, person)
LEFT JOIN owed AS o USING (month, person) LEFT JOIN revived AS r USING (month, person)
LEFT JOIN contacts AS c USING (month, person) LEFT JOIN foreseen AS g USING (month, person)
LEFT JOIN earned AS q USING (month, person) LEFT JOIN salespeople AS p ON p.salesperson_id = e.person
CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_exists(m.body -> 'people', e.person)
    THEN (m.body -> 'people' ->> e.person)::int ELSE (m.body ->> 'active_rate_percent')::int END) AS t (target_percent)
WHERE CAST(:person AS text) IS NULL OR e.person = :person
"""

_COLUMNS: dict[str, Any] = {
    **dict.fromkeys(("month", "salesperson_id", "name", "team", "region"), Text),
    **dict.fromkeys(("assigned", "active", "target_percent", "revived", "follow_ups"), Integer),
    **dict.fromkeys(("active_percent", "above_target", "overdue_percent"), Float),
    **dict.fromkeys(("sales", "profit", "collections", "overdue", "receivables"), BigInteger),
    **dict.fromkeys(("expected", "gap", "commission", "clawed_back"), BigInteger),
}


def performance(currency: str, day: date, first: date, last: date, person: str | None) -> Subquery:
    """Return a row per month (by its first day, ``last`` included) and salesperson; "" are customers of nobody."""
    return (
        text(_ROWS)
        .columns(*(column(name, kind) for name, kind in _COLUMNS.items()))
        .bindparams(currency=currency, day=day, first=first, last=last, person=person)
        .subquery("performance")
    )
