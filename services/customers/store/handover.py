"""What handing over asks: whose customers they are on a day, and what is known of that day already."""

from collections.abc import Sequence
from datetime import date, datetime

from services.kit.database import Connection

_OWNED = """
    SELECT c.customer_id FROM customers c JOIN assignments a USING (customer_id)
    WHERE a.salesperson_id = $1 AND a.from_day <= $2 AND NOT EXISTS (
        SELECT FROM assignments later WHERE later.customer_id = a.customer_id
        AND later.from_day > a.from_day AND later.from_day <= $2)
    ORDER BY c.customer_id"""


async def owned_on(connection: Connection, salesperson_id: str, day: date) -> list[str]:
    """Return the ids of the customers whom a salesperson looks after on a day, in order, locked.

    Locking them keeps another handover from moving one of them at the same moment; what was moved while we waited for
    the lock shows only to a second look.
    """
    await connection.execute(f"{_OWNED} FOR UPDATE OF c", salesperson_id, day)
    return [row["customer_id"] for row in await connection.fetch(_OWNED, salesperson_id, day)]


async def latest_word(connection: Connection, customer_ids: Sequence[str], from_day: date) -> datetime | None:
    """Return when the latest assignment of any of them from this very day on was told; None: there is none."""
    latest: datetime | None = await connection.fetchval(
        "SELECT max(assigned_at) FROM assignments WHERE customer_id = ANY($1::text[]) AND from_day = $2",
        customer_ids,
        from_day,
    )
    return latest
