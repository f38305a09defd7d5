"""Commission worked out once more from all documents. Nothing is said of customers who are about to be derived."""

from collections.abc import Sequence

from services.insights.earning import wanted_entries
from services.insights.store.commission import corrections, stored_entries
from services.insights.store.recompute import Difference
from services.kit.database import Connection

_SETTLED = """
SELECT customer_id FROM derivations AS d WHERE customer_id = ANY($1::text[]) AND derived_on IS NOT NULL
  AND NOT EXISTS (SELECT FROM stale_customers AS s WHERE s.customer_id = d.customer_id)
  AND NOT EXISTS (SELECT FROM stale_product_months)
"""


async def commission_differences(connection: Connection, customer_ids: Sequence[str]) -> list[Difference]:
    """Work out and compare, inside a transaction."""
    ids = [row["customer_id"] for row in await connection.fetch(_SETTLED, customer_ids)]
    if not ids:
        return []
    found = corrections(await wanted_entries(connection, ids), await stored_entries(connection, ids))
    return [Difference("commission_entries", row[0], "expected", f"a further {row}") for row in found]
