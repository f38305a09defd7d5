"""Commission worked out once more from all documents. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.earning import wanted_entries
from services.insights.rules.windows import month_after
from services.insights.store.commission import corrections, stored_entries
from services.insights.store.recompute import Difference
from services.insights.store.staleness import company_day
from services.kit.database import Connection

# The month of today is nearly always to be summed up, and moves no tier before it is over.
_SETTLED = """
SELECT customer_id FROM derivations AS d WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL
  AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
  AND NOT EXISTS (SELECT FROM stale_product_months WHERE month < $2)
"""


async def commission_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Work out and compare, inside a transaction."""
    day = await company_day(connection)
    if day is None:
        return []
    rows = await connection.fetch(_SETTLED, customer_ids, month_after(day, 0))
    ids = [row["customer_id"] for row in rows]
    if not ids:
        return []
    found = corrections(await wanted_entries(connection, ids), await stored_entries(connection, ids))
    return [Difference("commission_entries", row[0], "expected", f"a further {row}") for row in found]
