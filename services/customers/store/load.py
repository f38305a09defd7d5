"""Loading what a batch of events touches, with set-based statements.

Standings are locked before customers, each in key order, so that two transactions never wait for each other in a ring.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from services.customers.rules.archive import Archive
from services.customers.rules.card import Customer
from services.customers.rules.relations import Assignment
from services.customers.rules.standing import Standing
from services.customers.rules.tasks import TASK_TYPES
from services.customers.store.columns import ASSIGNMENTS, CUSTOMERS, STANDINGS
from services.customers.store.people import load_people
from services.kit.database import Connection
from services.kit.records import Received

RowT = TypeVar("RowT", Customer, Assignment, Standing)


def _locking(table: str, columns: Iterable[str]) -> str:
    return f"""SELECT {", ".join(columns)} FROM {table}
               WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"""  # noqa: S608


_OWN = ("customer.", "follow_up.", "satisfaction.", "segment.")
_CUSTOMERS = _locking("customers", CUSTOMERS)
_STANDINGS = _locking("standings", STANDINGS)


async def load(connection: Connection, events: Sequence[Received]) -> Archive:
    """Return the part of the archive that ``events`` touch."""
    archive = Archive()
    by_type: dict[str, list[Any]] = {}
    for received in events:
        by_type.setdefault(received.event.type, []).append(received.event)
    credit = {e.data.customer_id for type_, es in by_type.items() if type_.startswith("credit.") for e in es}
    own = {e.data.customer_id for type_, es in by_type.items() if type_.startswith(_OWN) for e in es}
    if credit:
        for row in await connection.fetch(_STANDINGS, list(credit)):
            archive.standings[row["customer_id"]] = _stored(Standing(*row))
    # A customer that has a standing has a row already, and credit changes nothing in it.
    touched = own | (credit - archive.standings.keys())
    if touched:
        for row in await connection.fetch(_CUSTOMERS, list(touched)):
            archive.customers[row["customer_id"]] = _stored(Customer(*row))
    await _load_assignments(connection, archive, by_type.get("customer.assigned", []))
    changes = by_type.get("customer.created", []) + by_type.get("customer.changed", [])
    await _load_cards(connection, archive, changes)
    steps = by_type.get("customer.blacklisted", []) + by_type.get("customer.blacklist_lifted", [])
    await _load_blacklistings(connection, archive, steps)
    found_out = [event for type_ in TASK_TYPES for event in by_type.get(type_, [])]
    if found_out:
        await _load_owners(connection, archive, found_out)
    if found_out or any(not type_.startswith(("credit.", "customer.")) for type_ in by_type):
        await load_people(connection, archive, events)
    return archive


async def lock_customer(connection: Connection, customer_id: str) -> Customer | None:
    """Return one customer without its contacts, locked until the transaction ends."""
    row = await connection.fetchrow(_CUSTOMERS, [customer_id])
    return _stored(Customer(*row)) if row else None


async def standing_of(connection: Connection, customer_id: str) -> Standing:
    """Return what credit last told of a customer; 0 days and limit 0 if nothing."""
    columns = ", ".join(STANDINGS)
    row = await connection.fetchrow(f"SELECT {columns} FROM standings WHERE customer_id = $1", customer_id)  # noqa: S608
    return _stored(Standing(*row)) if row else Standing(customer_id)


async def assigned_at(connection: Connection, customer_id: str, from_day: date) -> datetime | None:
    """Return when the assignment from a day on was told; None: not yet."""
    told_at: datetime | None = await connection.fetchval(
        "SELECT assigned_at FROM assignments WHERE customer_id = $1 AND from_day = $2", customer_id, from_day
    )
    return told_at


async def owner_of(connection: Connection, customer_id: str, day: date) -> str | None:
    """Return who looks after a customer on a day."""
    owner: str | None = await connection.fetchval(
        """SELECT salesperson_id FROM assignments WHERE customer_id = $1 AND from_day <= $2
           ORDER BY from_day DESC LIMIT 1""",
        customer_id,
        day,
    )
    return owner


def _stored(row: RowT) -> RowT:
    row.stored = True
    return row


async def _load_assignments(connection: Connection, archive: Archive, events: list[Any]) -> None:
    if not events:
        return
    rows = await connection.fetch(
        f"""SELECT {", ".join(ASSIGNMENTS)} FROM assignments
            JOIN unnest($1::text[], $2::date[]) AS k (customer_id, from_day) USING (customer_id, from_day)""",  # noqa: S608
        [event.data.customer_id for event in events],
        [event.data.from_day for event in events],
    )
    for row in rows:
        archive.assignments[row["customer_id"], row["from_day"]] = _stored(Assignment(*row))


async def _load_owners(connection: Connection, archive: Archive, events: list[Any]) -> None:
    rows = await connection.fetch(
        f"SELECT {', '.join(ASSIGNMENTS)} FROM assignments WHERE customer_id = ANY($1::text[])",  # noqa: S608
        list({event.data.customer_id for event in events}),
    )
    for row in rows:
        key = row["customer_id"], row["from_day"]
        archive.assignments.setdefault(key, _stored(Assignment(*row)))
        archive.assigned_days.setdefault(key[0], set()).add(key[1])


async def _load_cards(connection: Connection, archive: Archive, events: list[Any]) -> None:
    if not events:
        return
    rows = await connection.fetch(
        """SELECT customer_id, revision, changed_at, digest FROM cards
           JOIN unnest($1::text[], $2::int[], $3::timestamptz[]) AS k (customer_id, revision, changed_at)
           USING (customer_id, revision, changed_at)""",
        [event.data.customer_id for event in events],
        [event.data.revision for event in events],
        [event.occurred_at for event in events],
    )
    archive.card_digests = {(row[0], row[1], row[2]): row[3] for row in rows}


async def _load_blacklistings(connection: Connection, archive: Archive, events: list[Any]) -> None:
    if not events:
        return
    rows = await connection.fetch(
        """SELECT customer_id, at, step, reason FROM blacklistings
           JOIN unnest($1::text[], $2::timestamptz[]) AS k (customer_id, at) USING (customer_id, at)""",
        [event.data.customer_id for event in events],
        [event.occurred_at for event in events],
    )
    archive.blacklist_reasons = {(row[0], row[1], row[2]): row[3] for row in rows}
