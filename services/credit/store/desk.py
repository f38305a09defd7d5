"""What people do about held orders: who works on which, and what they noted. The customer's account is locked."""

from dataclasses import dataclass
from datetime import date, datetime

from services.credit.rules.state import Case, Order
from services.credit.store import rows
from services.kit.database import Connection


@dataclass(slots=True)
class Held:
    """A held order under the lock of its customer's account.

    Attributes:
        order: with its case.
        owner, since: who works on it, None: nobody.
    """

    customer_id: str
    order: Order
    owner: str | None = None
    since: datetime | None = None

    @property
    def case(self) -> Case:
        """The case; an order held by an older version of the service may have none yet."""
        return self.order.case or Case(self.order.decision_seq, date.min)


async def lock_held(connection: Connection, customer_id: str, order_id: str) -> Held | None:
    """Lock the customer's account and return the order if it is held."""
    await connection.fetchval("SELECT seq FROM accounts WHERE customer_id = $1 FOR UPDATE", customer_id)
    row = await connection.fetchrow(
        f"SELECT {rows.ORDER_COLUMNS} FROM orders WHERE order_id = $1 AND status = 'held'",  # noqa: S608
        order_id,
    )
    if row is None:
        return None
    held = Held(customer_id, rows.order_of(row))
    case = await connection.fetchrow(
        f"SELECT {rows.CASE_COLUMNS} FROM cases WHERE order_id = $1",  # noqa: S608
        order_id,
    )
    held.order.case = Case(*case) if case is not None else None
    owner = await connection.fetchrow(
        "SELECT owner, since FROM case_owners WHERE order_id = $1 AND opened_seq = $2",
        order_id,
        held.case.opened_seq,
    )
    if owner is not None:
        held.owner, held.since = owner["owner"], owner["since"]
    return held


async def set_owner(
    connection: Connection, held: Held, owner: str | None, *, kind: str, by: str, at: datetime
) -> None:
    """Give the case to ``owner`` (None: to nobody) and log it."""
    if owner is None:
        await connection.execute("DELETE FROM case_owners WHERE order_id = $1", held.order.order_id)
    else:
        await connection.execute(
            """INSERT INTO case_owners (order_id, opened_seq, owner, since) VALUES ($1, $2, $3, $4)
               ON CONFLICT (order_id) DO UPDATE SET
                   opened_seq = excluded.opened_seq, owner = excluded.owner, since = excluded.since""",
            held.order.order_id,
            held.case.opened_seq,
            owner,
            at,
        )
    await write_log(connection, held, kind=kind, by=by, at=at, owner=owner)
    held.owner, held.since = owner, at if owner is not None else None


async def write_log(
    connection: Connection,
    held: Held,
    *,
    kind: str,
    by: str,
    at: datetime,
    owner: str | None = None,
    note: str = "",
) -> int:
    """Write a line of the case's log, which is never changed; return its number."""
    number: int = await connection.fetchval(
        """INSERT INTO case_log (order_id, customer_id, opened_seq, at, kind, by, owner, note)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id""",
        held.order.order_id,
        held.customer_id,
        held.case.opened_seq,
        at,
        kind,
        by,
        owner,
        note,
    )
    return number
