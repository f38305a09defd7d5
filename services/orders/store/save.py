"""Saving what a batch changed: new rows by COPY, changed rows by one statement per table."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import asyncpg

from services.kit.database import Connection, UnitOfWork
from services.kit.owners import keep_owners
from services.orders.alerts import resolved
from services.orders.rules.book import OrderBook
from services.orders.rules.documents import Line
from services.orders.store.columns import FACTS, LINE, ORDERS, PRODUCTS

DECISION_CHANNEL = "orders_decisions"
"""NOTIFY channel: ids, separated by spaces, of orders whose decision is new. Delivered when the transaction commits."""

_PAYLOAD_BYTES = 7_900


def _update(table: str, columns: Mapping[str, str]) -> str:
    key, *rest = columns
    arrays = ", ".join(f"${number}::{type_}[]" for number, type_ in enumerate(columns.values(), 1))
    changes = ", ".join(f"{column} = n.{column}" for column in rest)
    return f"""UPDATE {table} AS o SET {changes}
               FROM unnest({arrays}) AS n ({", ".join(columns)}) WHERE o.{key} = n.{key}"""  # noqa: S608


_UPDATE_ORDERS = _update("orders", ORDERS)
_UPDATE_PRODUCTS = _update("products", PRODUCTS)


async def save(unit: UnitOfWork, book: OrderBook) -> None:
    """Write what changed, and tell every process that waits for one of these decisions.

    Raises:
        asyncpg.SerializationError: when another transaction wrote one of the new rows at the same moment. It is
            transient: the work is to be done again on what that one wrote.
    """
    connection = unit.connection
    try:
        await _save_orders(connection, book)
        await _save_documents(connection, book)
        await _save_products(connection, book)
        await keep_owners(connection, book.assignments)
    except asyncpg.UniqueViolationError as error:
        raise asyncpg.SerializationError(f"written by another at the same moment: {error}") from error
    unit.publish_all([resolved(order, book) for order in book.decided_late])
    await _announce(connection, [decision.order_id for decision in book.decisions])


def _rows(columns: Iterable[str], objects: Iterable[object]) -> list[tuple[Any, ...]]:
    return list(map(attrgetter(*columns), objects))


async def _copy(
    connection: Connection, table: str, columns: Iterable[str], rows: list[tuple[Any, ...]]
) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=rows, columns=tuple(columns))


async def _update_rows(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        await connection.execute(statement, *(list(column) for column in zip(*rows, strict=True)))


async def _save_orders(connection: Connection, book: OrderBook) -> None:
    fresh = _rows(ORDERS, (order for order in book.orders.values() if not order.stored))
    changed = _rows(ORDERS, (order for order in book.orders.values() if order.stored and order.changed))
    await _copy(connection, "orders", ORDERS, fresh)
    await _update_rows(connection, _UPDATE_ORDERS, changed)


async def _save_products(connection: Connection, book: OrderBook) -> None:
    fresh = _rows(PRODUCTS, (product for product in book.products.values() if not product.stored))
    changed = _rows(PRODUCTS, (p for p in book.products.values() if p.stored and p.changed))
    await _copy(connection, "products", PRODUCTS, fresh)
    await _update_rows(connection, _UPDATE_PRODUCTS, changed)
    await _copy_facts(connection, "product_entries", book.entries)


async def _save_documents(connection: Connection, book: OrderBook) -> None:
    await _copy_facts(connection, "order_revisions", book.revisions)
    await _copy_facts(connection, "decisions", book.decisions)
    await _copy_facts(connection, "shipments", book.shipments)
    await _copy_facts(connection, "invoices", book.invoices)
    await _copy_facts(connection, "returns", book.returns)
    revised = [_lines((r.order_id, r.revision), r.lines) for r in book.revisions]
    invoiced = [_lines((i.invoice_id,), i.lines) for i in book.invoices]
    returned = [_lines((r.return_id,), r.lines) for r in book.returns]
    await _copy(
        connection, "order_lines", ("order_id", "revision", *LINE), list(chain.from_iterable(revised))
    )
    await _copy(connection, "invoice_lines", ("invoice_id", *LINE), list(chain.from_iterable(invoiced)))
    await _copy(connection, "return_lines", ("return_id", *LINE), list(chain.from_iterable(returned)))


async def _copy_facts(connection: Connection, table: str, facts: Sequence[object]) -> None:
    columns = FACTS[table]
    await _copy(connection, table, columns, _rows(columns, facts))


def _lines(key: tuple[Any, ...], lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    return [
        (*key, number, line.product_id, line.quantity_milli, line.unit_price, line.amount_minor)
        for number, line in enumerate(lines)
    ]


async def _announce(connection: Connection, order_ids: Sequence[str]) -> None:
    """NOTIFY in as few payloads as hold the ids: PostgreSQL queues each, and a payload has 8000 bytes at most."""
    payloads: list[str] = []
    for order_id in dict.fromkeys(order_ids):
        if payloads and len(payloads[-1]) + 1 + len(order_id) <= _PAYLOAD_BYTES:
            payloads[-1] += " " + order_id
        else:
            payloads.append(order_id)
    if payloads:
        await connection.execute(
            "SELECT pg_notify($1, p) FROM unnest($2::text[]) AS p", DECISION_CHANNEL, payloads
        )
