"""Where each customer stands in its life."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.insights.derivations.derivation import Deriving
from services.insights.rules.life_cycle import Trade, standing
from services.insights.store.policies import policy_in_force

# Orders by day are found through an index, so this reads what is recent, whatever came before.
_READ = """
SELECT i.customer_id,
       (SELECT min(o.placed_day) FROM orders AS o
        WHERE o.customer_id = i.customer_id AND o.counts_as = 'order') AS first_order_day,
       (SELECT coalesce(sum(m.orders), 0)::bigint FROM customer_months AS m
        WHERE m.customer_id = i.customer_id AND m.month <= $2) AS orders,
       (SELECT max(o.placed_day) FROM orders AS o WHERE o.customer_id = i.customer_id
        AND o.counts_as = 'order' AND o.placed_day <= $3) AS before,
       ARRAY(SELECT DISTINCT o.placed_day FROM orders AS o WHERE o.customer_id = i.customer_id
             AND o.counts_as = 'order' AND o.placed_day > $3 AND o.placed_day <= $2 ORDER BY 1) AS recent,
       (SELECT min(o.placed_day) FROM orders AS o WHERE o.customer_id = i.customer_id
        AND o.counts_as = 'order' AND o.placed_day > $2) AS ahead
FROM unnest($1::text[]) AS i (customer_id) JOIN customers USING (customer_id)
"""

_WRITE = """
INSERT INTO customer_stages AS s (customer_id, stage, revived_on, orders)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[])
ON CONFLICT (customer_id) DO UPDATE
SET stage = excluded.stage, revived_on = excluded.revived_on, orders = excluded.orders
WHERE (s.stage, s.revived_on, s.orders)
    IS DISTINCT FROM (excluded.stage, excluded.revived_on, excluded.orders)
"""


async def derive_stages(deriving: Deriving) -> Mapping[str, date]:
    """Say where each customer stands, from its first and its recent orders."""
    connection, day = deriving.unit.connection, deriving.day
    rule = (await policy_in_force(connection)).policy.life_cycle
    before = day - timedelta(days=rule.revived_days)
    rows = await connection.fetch(_READ, deriving.customer_ids, day, before)
    found = {}
    for row in rows:
        recent = [row["before"], *row["recent"]] if row["before"] is not None else row["recent"]
        trade = Trade(row["first_order_day"], row["orders"], recent, row["ahead"])
        found[row["customer_id"]] = standing(trade, day, rule)
    orders = [row["orders"] for row in rows]
    stages, revived = [s.stage for s in found.values()], [s.revived_on for s in found.values()]
    await connection.execute(_WRITE, list(found), stages, revived, orders)
    return {customer_id: s.until for customer_id, s in found.items() if s.until is not None}
