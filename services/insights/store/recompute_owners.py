"""Who looks after whom, and so what salespeople see, from everything that was ever heard of it."""

from collections.abc import Sequence

from services.insights.store.recompute import Difference
from services.kit.database import Connection

_OWNERS = """
WITH expected AS (
    SELECT DISTINCT ON (customer_id, from_day) customer_id, from_day, salesperson_id, assigned_at
    FROM assignments WHERE customer_id = ANY($1::text[])
    ORDER BY customer_id, from_day, assigned_at DESC, salesperson_id COLLATE "C" DESC
), stored AS (
    SELECT customer_id, from_day, salesperson_id, assigned_at
    FROM customer_owners WHERE customer_id = ANY($1::text[])
)
SELECT 'customer_owners', f.customer_id, 'expected', f::text FROM (TABLE expected EXCEPT TABLE stored) AS f
UNION ALL
SELECT 'customer_owners', f.customer_id, 'stored', f::text FROM (TABLE stored EXCEPT TABLE expected) AS f
"""


async def owner_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Find who looks after these customers from which day on and compare, inside a transaction."""
    return [Difference(*row) for row in await connection.fetch(_OWNERS, customer_ids)]
