"""Reading what a batch touches, with one statement per kind, after locking its customers."""

import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from services.insights.rules.customers import Assignment, Customer
from services.insights.rules.documents import Invoice, Order, Payment, Return, Tracked, stored
from services.insights.rules.working import Key, WorkingSet
from services.insights.store.sql import columns_of
from services.insights.store.touched import Touched
from services.kit.database import Connection

RowT = TypeVar("RowT")

COSTS_LOCK = int.from_bytes(b"costs", "big")
"""Advisory lock: shared while documents are costed, exclusive while costs change, in any replica."""


async def load_touched(connection: Connection, touched: Touched, zone: ZoneInfo) -> WorkingSet:
    """Lock and read everything that ``touched`` names."""
    shared = "" if touched.catalogue else "_shared"
    await connection.execute(f"SELECT pg_advisory_xact_lock{shared}($1)", COSTS_LOCK)
    working = WorkingSet(zone)
    if not touched.customers:
        return working
    await _customers(connection, touched.customers, working)
    await _owners(connection, touched.customers, working)
    await _returns(connection, touched, working)
    await _invoices(connection, touched.invoices, working)
    await _orders(connection, touched, working)
    await _payments(connection, touched, working)
    dropped = touched.dropped | {key for key, entry in working.orders.items() if entry.now.dropped}
    await _invoices_of_orders(connection, dropped, working)
    return working


async def _customers(connection: Connection, ids: set[str], working: WorkingSet) -> None:
    """Lock the customers: two replicas may meet over one of them while partitions change hands."""
    statement = f"""SELECT {", ".join(columns_of(Customer))} FROM customers
                    WHERE customer_id = ANY($1::text[]) ORDER BY customer_id FOR UPDATE"""  # noqa: S608
    rows = await connection.fetch(statement, sorted(ids))
    missing = sorted(ids - {row[0] for row in rows})
    if missing:
        made = await connection.fetch(
            """INSERT INTO customers (customer_id) SELECT * FROM unnest($1::text[])
               ON CONFLICT DO NOTHING RETURNING customer_id""",
            missing,
        )
        working.newcomers = {row[0] for row in made}
        rows += await connection.fetch(statement, missing)
    working.customers = {row[0]: stored(Customer(*row)) for row in rows}


async def _owners(connection: Connection, ids: set[str], working: WorkingSet) -> None:
    rows = await connection.fetch(
        """SELECT customer_id, from_day, salesperson_id, assigned_at FROM customer_owners
           WHERE customer_id = ANY($1::text[])""",
        list(ids),
    )
    for row in rows:
        working.owners_of(row[0]).by_day[row[1]] = Assignment(*row)


async def _orders(connection: Connection, touched: Touched, working: WorkingSet) -> None:
    keys = touched.orders | _named(working.returns.values()) | _named(working.invoices.values())
    rows = await _by_keys(connection, "orders", Order, "order_id", keys)
    rows += await _since(connection, "orders", Order, ("placed_day",), touched.assigned)
    working.orders = {(row[0], row[1]): stored(Order(*row)) for row in rows}


def _named(entries: Iterable[Tracked[Any]]) -> set[Key]:
    return {(entry.now.customer_id, entry.now.order_id) for entry in entries if entry.now.order_id}


async def _returns(connection: Connection, touched: Touched, working: WorkingSet) -> None:
    rows = await _by_keys(connection, "returns", Return, "return_id", touched.returns)
    rows += await _by_keys(connection, "returns", Return, "order_id", touched.placed)
    rows += await _since(connection, "returns", Return, ("returned_day",), touched.assigned)
    working.returns = {(row[0], row[1]): stored(Return(*row)) for row in rows}


async def _payments(connection: Connection, touched: Touched, working: WorkingSet) -> None:
    rows = await _by_keys(connection, "payments", Payment, "payment_id", touched.payments)
    rows += await _since(connection, "payments", Payment, ("received_day", "reversed_day"), touched.assigned)
    working.payments = {(row[0], row[1]): stored(_payment(row)) for row in rows}


def _payment(row: Any) -> Payment:
    values = list(row)
    values[-1] = json.loads(values[-1])
    return Payment(*values)


async def _invoices(connection: Connection, keys: set[Key], working: WorkingSet) -> None:
    for row in await _by_keys(connection, "invoices", Invoice, "invoice_id", keys):
        working.invoices[row[0], row[1]] = stored(_invoice(row))


async def _invoices_of_orders(connection: Connection, keys: set[Key], working: WorkingSet) -> None:
    for row in await _by_keys(connection, "invoices", Invoice, "order_id", keys):
        working.invoices.setdefault((row[0], row[1]), stored(_invoice(row)))


def _invoice(row: Any) -> Invoice:
    values = list(row)
    lines = json.loads(values[-1])
    values[-1] = {product_id: (quantity, amount) for product_id, (quantity, amount) in lines.items()}
    return Invoice(*values)


async def _by_keys(
    connection: Connection, table: str, cls: type[Any], id_column: str, keys: Collection[Key]
) -> list[Any]:
    if not keys:
        return []
    columns = ", ".join(f"d.{name}" for name in columns_of(cls))
    return await connection.fetch(
        f"""SELECT {columns} FROM unnest($1::text[], $2::text[]) AS k (customer_id, id)
            JOIN {table} AS d ON d.customer_id = k.customer_id AND d.{id_column} = k.id""",  # noqa: S608
        [customer_id for customer_id, _ in keys],
        [document_id for _, document_id in keys],
    )


async def _since(
    connection: Connection, table: str, cls: type[Any], day_columns: tuple[str, ...], since: dict[str, date]
) -> list[Any]:
    """Read the documents of reassigned customers from the first day that may have another owner."""
    if not since:
        return []
    columns = ", ".join(f"d.{name}" for name in columns_of(cls))
    late = " OR ".join(f"d.{column} >= k.since" for column in day_columns)
    return await connection.fetch(
        f"""SELECT {columns} FROM unnest($1::text[], $2::date[]) AS k (customer_id, since)
            JOIN {table} AS d ON d.customer_id = k.customer_id AND ({late})""",  # noqa: S608
        list(since),
        list(since.values()),
    )
