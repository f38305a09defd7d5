"""What the API needs to know of several customers at once."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select

from services.customers.tables import customers
from services.kit.database import Connection
from services.kit.http.scope import View


async def lock_customers(connection: Connection, customer_ids: Sequence[str]) -> set[str]:
    """Return those that something is known of, locked until the transaction ends."""
    rows = await connection.fetch(
        "SELECT customer_id FROM customers WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE",
        customer_ids,
    )
    return {row["customer_id"] for row in rows}


async def seen_of(view: View, customer_ids: Collection[str]) -> set[str]:
    """Return those that a caller sees."""
    if view.everything:
        return set(customer_ids)
    mine = select(customers.c.customer_id).where(
        customers.c.customer_id.in_(customer_ids), view.of(customers.c.customer_id)
    )
    async with view.runtime.database.engine.connect() as connection:
        return set(await connection.scalars(mine))


async def owners_on(connection: Connection, customer_ids: Sequence[str], day: date) -> dict[str, str]:
    """Return who looks after customers on a day; those of nobody are left out."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (customer_id) customer_id, salesperson_id FROM assignments
           WHERE customer_id = ANY($1::text[]) AND from_day <= $2 ORDER BY customer_id, from_day DESC""",
        *(customer_ids, day),
    )
    return {row["customer_id"]: row["salesperson_id"] for row in rows}
