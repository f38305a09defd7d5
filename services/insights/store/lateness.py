"""What alerts about missing orders need to know of customers, and what was said of them before."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from services.insights.rules.alerts.model import Facts
from services.insights.rules.lateness import FALLS_TO, ORDERS_EXPECTED
from services.kit.database import Connection
from services.kit.packing import text_column, texts_of

KINDS = ("order_late", "order_gap")

# Of most customers nothing is to be said, so most of them are left out here.
_KNOWN = f"""
SELECT g.place - 1 AS place, g.customer_id, c.last_order_day, f.whole_orders, f.whole_amount, h.heading_for
FROM unnest({texts_of(1)}) WITH ORDINALITY AS g (customer_id, place)
CROSS JOIN LATERAL (SELECT get_byte($4::bytea, g.place::int - 1) = 1 AS asked) AS a
JOIN order_forecasts AS f ON f.customer_id = g.customer_id AND f.currency = $2
LEFT JOIN customers AS c ON c.customer_id = g.customer_id
LEFT JOIN customer_months AS m
    ON m.customer_id = g.customer_id AND m.currency = $2 AND m.month = date_trunc('month', $3::date)::date
CROSS JOIN LATERAL (SELECT f.month_amount + coalesce(m.amount_minor, 0) AS heading_for) AS h
WHERE (a.asked OR f.whole_orders >= $5) AND (a.asked OR h.heading_for <= $6::float8 * f.whole_amount)
ORDER BY g.place
"""  # noqa: S608

_SAID = f"""
SELECT customer_id, kind, subject, facts::text FROM alert_signals
WHERE customer_id = ANY({texts_of(1)}) AND kind = ANY($2::text[]) AND facts IS NOT NULL AND until >= $3
"""  # noqa: S608


async def known(
    connection: Connection, customer_ids: Sequence[str], asked: Sequence[bool], currency: str, day: date
) -> list[Any]:
    """Return what is known of those asked, and of those whose month falls short, after their forecasts were stored.

    Args:
        asked: one per customer. A row's ``place`` is the one in ``customer_ids``.
    """
    short = (ORDERS_EXPECTED, FALLS_TO)
    return await connection.fetch(_KNOWN, text_column(customer_ids), currency, day, bytes(asked), *short)


async def said(
    connection: Connection, customer_ids: Sequence[str], day: date, kinds: Sequence[str] = KINDS
) -> dict[tuple[str, str, str], Facts]:
    """Return what still holds on a day, by customer, kind and subject."""
    rows = await connection.fetch(_SAID, text_column(customer_ids), kinds, day)
    return {
        (row["customer_id"], row["kind"], row["subject"]): msgspec.json.decode(row["facts"]) for row in rows
    }


async def moment(connection: Connection) -> Any:
    """Return the database's time now, after the locks of this transaction."""
    return await connection.fetchval("SELECT clock_timestamp()")
