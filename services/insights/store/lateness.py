"""What alerts about missing orders need to know of customers, and what was said of them before."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from services.insights.rules.alerts.model import Facts
from services.kit.database import Connection

KINDS = ("order_late", "order_gap")

_KNOWN = """
SELECT f.customer_id, c.last_order_day, f.whole_orders, f.whole_amount,
       f.month_amount + coalesce(m.amount_minor, 0) AS heading_for
FROM order_forecasts AS f
LEFT JOIN customers AS c ON c.customer_id = f.customer_id
LEFT JOIN customer_months AS m
    ON m.customer_id = f.customer_id AND m.currency = f.currency AND m.month = date_trunc('month', $3::date)::date
WHERE f.customer_id = ANY($1::text[]) AND f.currency = $2
"""

_SAID = """
SELECT customer_id, kind, subject, facts::text FROM alert_signals
WHERE customer_id = ANY($1::text[]) AND kind = ANY($2::text[]) AND facts IS NOT NULL AND until >= $3
"""


async def known(
    connection: Connection, customer_ids: Sequence[str], currency: str, day: date
) -> dict[str, Any]:
    """Return rows by customer, of the forecasts that were just stored."""
    rows = await connection.fetch(_KNOWN, customer_ids, currency, day)
    return {row["customer_id"]: row for row in rows}


async def said(
    connection: Connection, customer_ids: Sequence[str], day: date, kinds: Sequence[str] = KINDS
) -> dict[tuple[str, str, str], Facts]:
    """Return what still holds on a day, by customer, kind and subject."""
    rows = await connection.fetch(_SAID, customer_ids, kinds, day)
    return {
        (row["customer_id"], row["kind"], row["subject"]): msgspec.json.decode(row["facts"]) for row in rows
    }


async def moment(connection: Connection) -> Any:
    """Return the database's time now, after the locks of this transaction."""
    return await connection.fetchval("SELECT clock_timestamp()")
