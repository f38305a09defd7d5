"""Dormant spells computed once more, by window functions. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.store.policies import policy_in_force
from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

_SPELLS = """
WITH settled AS MATERIALIZED (
    SELECT customer_id FROM derivations AS d
    WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL AND coalesce(due_on > $2::date, true)
      AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
), days AS (
    SELECT DISTINCT customer_id, placed_day FROM orders
    WHERE customer_id = ANY($1::text[]) AND counts_as = 'order' AND placed_day <= $2
), silences AS (
    SELECT customer_id, placed_day AS last_order_day, lead(placed_day) OVER w AS revived_on,
           row_number() OVER w - 1 AS gaps, placed_day - first_value(placed_day) OVER w AS age
    FROM days WINDOW w AS (PARTITION BY customer_id ORDER BY placed_day)
), turns AS (
    SELECT *, last_order_day + $3::int + 1 AS by_days,
           CASE WHEN gaps >= 3 THEN last_order_day + ($4::int * age / gaps)::int + 1 END AS by_rhythm
    FROM silences
), judged AS (
    SELECT customer_id, last_order_day, CASE WHEN by_days <= coalesce(revived_on, $2) THEN by_days END AS days_on,
           CASE WHEN by_rhythm <= coalesce(revived_on, $2) THEN by_rhythm END AS rhythm_on, revived_on
    FROM turns
), expected AS (
    SELECT j.*,
           coalesce((SELECT o.salesperson_id FROM customer_owners AS o WHERE o.customer_id = j.customer_id
                     AND o.from_day = (SELECT max(n.from_day) FROM customer_owners AS n
                         WHERE n.customer_id = j.customer_id AND n.from_day <= j.revived_on)), '') AS credited_to,
           (SELECT f.follow_up_id
            FROM follow_ups AS f, LATERAL (SELECT coalesce(f.happened_on, f.completed_on)) AS c (d)
            WHERE f.customer_id = j.customer_id AND f.recorded_at IS NOT NULL
              AND c.d > j.last_order_day AND c.d BETWEEN j.revived_on - $5::int AND j.revived_on
            ORDER BY c.d DESC, f.follow_up_id COLLATE "C" DESC LIMIT 1) AS follow_up_id
    FROM judged AS j WHERE j.days_on IS NOT NULL OR j.rhythm_on IS NOT NULL
), stored AS (SELECT * FROM dormant_spells WHERE customer_id = ANY($1::text[]))
SELECT 'dormant_spells', customer_id, CASE WHEN e.credited_to IS NULL THEN 'stored' ELSE 'expected' END,
       coalesce(e::text, s::text)
FROM expected AS e FULL JOIN stored AS s USING (customer_id, last_order_day) JOIN settled USING (customer_id)
WHERE (e.days_on, e.rhythm_on, e.revived_on, e.credited_to, e.follow_up_id)
    IS DISTINCT FROM (s.days_on, s.rhythm_on, s.revived_on, s.credited_to, s.follow_up_id)
"""


async def spell_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Find the dormant spells of these customers and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    life = (await policy_in_force(connection)).policy.life_cycle
    rows = await connection.fetch(
        _SPELLS, customer_ids, day, life.dormant_days, life.dormant_gaps, life.follow_up_days
    )
    return [Difference(*row) for row in rows]
