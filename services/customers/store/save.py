"""Saving what a batch changed: new rows by COPY, changed rows by one statement per table."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import asyncpg

from services.customers.rules.archive import Archive
from services.customers.rules.card import Customer
from services.customers.store.columns import ASSIGNMENTS, BLACKLISTINGS, CARDS, CONTACTS, CUSTOMERS, STANDINGS
from services.customers.store.people import outbox_rows, save_people
from services.kit.database import Connection, UnitOfWork


async def save(unit: UnitOfWork, archive: Archive) -> None:
    """Write what changed.

    Raises:
        asyncpg.SerializationError: when another transaction wrote one of the new rows at the same moment. It is
            transient: the work is to be done again on what that one wrote.
    """
    connection = unit.connection
    try:
        await _save_customers(connection, list(archive.customers.values()))
        await _save_rows(connection, "standings", STANDINGS, archive.standings.values())
        await _save_assignments(connection, archive)
        await _copy(connection, "cards", CARDS, archive.cards)
        await _copy(connection, "blacklistings", BLACKLISTINGS, archive.blacklistings)
        await save_people(connection, archive)
    except asyncpg.UniqueViolationError as error:
        raise asyncpg.SerializationError(f"written by another at the same moment: {error}") from error
    if archive.follow_ups:
        unit.announce("customers.follow-ups")
    unit.publish_all(outbox_rows(archive.outgoing))


async def _copy(connection: Connection, table: str, columns: Iterable[str], rows: Sequence[object]) -> None:
    if rows:
        names = tuple(columns)
        records = list(map(attrgetter(*names), rows))
        await connection.copy_records_to_table(table, records=records, columns=names)


async def _save_rows(
    connection: Connection, table: str, columns: Mapping[str, str], rows: Iterable[Any]
) -> None:
    """Insert the new ones of rows with key ``customer_id``, update the changed ones."""
    rows = list(rows)
    await _copy(connection, table, columns, [row for row in rows if not row.stored])
    changed = [row for row in rows if row.stored and row.changed]
    if changed:
        _, *rest = columns
        arrays = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(columns.values(), 1))
        await connection.execute(
            f"""UPDATE {table} AS o SET {", ".join(f"{column} = n.{column}" for column in rest)}
                FROM unnest({arrays}) AS n ({", ".join(columns)}) WHERE o.customer_id = n.customer_id""",  # noqa: S608
            *([getattr(row, column) for row in changed] for column in columns),
        )


async def _save_customers(connection: Connection, customers: list[Customer]) -> None:
    # Arrays of arrays do not unnest into rows, and a customer's own card changes seldom: one statement per row.
    await _copy(
        connection, "customers", CUSTOMERS, [customer for customer in customers if not customer.stored]
    )
    changed = [customer for customer in customers if customer.stored and customer.changed]
    if changed:
        names = list(CUSTOMERS)
        changes = ", ".join(f"{name} = ${number}" for number, name in enumerate(names, 1) if number > 1)
        await connection.executemany(
            f"UPDATE customers SET {changes} WHERE customer_id = $1",  # noqa: S608
            [tuple(getattr(customer, name) for name in names) for customer in changed],
        )
    await _save_contacts(connection, [customer for customer in customers if customer.contacts_changed])


async def _save_contacts(connection: Connection, customers: list[Customer]) -> None:
    stored = [customer.customer_id for customer in customers if customer.stored]
    if stored:
        await connection.execute("DELETE FROM contacts WHERE customer_id = ANY($1::text[])", stored)
    rows = [
        (customer.customer_id, position, *(getattr(contact, name) for name in CONTACTS[2:]))
        for customer in customers
        for position, contact in enumerate(customer.contacts)
    ]
    if rows:
        await connection.copy_records_to_table("contacts", records=rows, columns=CONTACTS)


async def _save_assignments(connection: Connection, archive: Archive) -> None:
    assignments = list(archive.assignments.values())
    await _copy(connection, "assignments", ASSIGNMENTS, [row for row in assignments if not row.stored])
    await connection.executemany(
        """UPDATE assignments SET salesperson_id = $3, assigned_at = $4, event_id = $5
           WHERE customer_id = $1 AND from_day = $2""",
        [
            (row.customer_id, row.from_day, row.salesperson_id, row.assigned_at, row.event_id)
            for row in assignments
            if row.stored and row.changed
        ],
    )
