"""Loading what a batch of events touches, with set-based statements. Orders and products are locked in key order."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.kit.database import Connection
from services.kit.records import Received
from services.orders.rules.book import OrderBook
from services.orders.rules.catalogue import Product
from services.orders.rules.order import Order
from services.orders.store.columns import ORDERS, PRODUCTS

_ORDERS = f"""SELECT {", ".join(ORDERS)} FROM orders
              WHERE order_id = ANY($1::text[]) ORDER BY order_id FOR UPDATE"""  # noqa: S608
_PRODUCTS = f"""SELECT {", ".join(PRODUCTS)} FROM products
                WHERE product_id = ANY($1::text[]) ORDER BY product_id FOR UPDATE"""  # noqa: S608


async def load(connection: Connection, events: Sequence[Received]) -> OrderBook:
    """Return the part of the order book that ``events`` touch."""
    book = OrderBook()
    by_type: dict[str, list[Received]] = {}
    order_ids: set[str] = set()
    for received in events:
        data = received.event.data
        by_type.setdefault(received.event.type, []).append(received)
        order_id = getattr(data, "order_id", None)
        if order_id is not None:
            order_ids.add(order_id)
    if order_ids:
        await _load_orders(connection, book, order_ids)
        await _load_order_digests(connection, book, by_type)
    await _load_documents(connection, book, by_type)
    await _load_products(connection, book, _bodies(by_type, "product.created", "product.changed"))
    return book


async def lock_order(connection: Connection, order_id: str) -> Order | None:
    """Return one order, locked until the transaction ends."""
    row = await connection.fetchrow(_ORDERS, [order_id])
    return _order(row) if row else None


async def lock_product(connection: Connection, product_id: str) -> Product | None:
    """Return one product, locked until the transaction ends."""
    row = await connection.fetchrow(_PRODUCTS, [product_id])
    return _product(row) if row else None


def _order(row: Any) -> Order:
    order = Order(*row)
    order.stored = True
    return order


def _product(row: Any) -> Product:
    product = Product(*row)
    product.stored = True
    return product


def _bodies(by_type: dict[str, list[Received]], *types: str) -> list[Received]:
    return [received for type_ in types for received in by_type.get(type_, ())]


async def _load_orders(connection: Connection, book: OrderBook, order_ids: Iterable[str]) -> None:
    for row in await connection.fetch(_ORDERS, list(order_ids)):
        book.orders[row["order_id"]] = _order(row)


async def _load_order_digests(
    connection: Connection, book: OrderBook, by_type: dict[str, list[Received]]
) -> None:
    """Load what is known under the numbers that the events use, of orders that are known at all."""
    bodies = [r.event.data for r in _bodies(by_type, "order.placed", "order.amended")]
    revisions = {(data.order_id, getattr(data, "revision", 0)) for data in bodies}
    types = [type_ for type_ in by_type if type_.startswith("credit.order_")]
    versions = {(r.event.data.order_id, r.event.data.decision_version) for r in _bodies(by_type, *types)}
    shipments = {(r.event.data.order_id, r.event.data.shipment_id) for r in _bodies(by_type, "order.shipped")}
    book.revision_digests = await _known(connection, book, "order_revisions", "revision", "int", revisions)
    book.decision_digests = await _known(connection, book, "decisions", "version", "int", versions)
    book.shipment_digests = await _known(connection, book, "shipments", "shipment_id", "text", shipments)


async def _known(
    connection: Connection, book: OrderBook, table: str, column: str, kind: str, keys: set[tuple[str, Any]]
) -> dict[tuple[str, Any], bytes]:
    wanted = [key for key in keys if key[0] in book.orders]
    if not wanted:
        return {}
    rows = await connection.fetch(
        f"""SELECT order_id, {column}, digest FROM {table}
            JOIN unnest($1::text[], $2::{kind}[]) AS k (order_id, {column}) USING (order_id, {column})""",  # noqa: S608
        [order_id for order_id, _ in wanted],
        [number for _, number in wanted],
    )
    return {(row[0], row[1]): row[2] for row in rows}


async def _load_documents(
    connection: Connection, book: OrderBook, by_type: dict[str, list[Received]]
) -> None:
    invoices = {r.event.data.invoice_id for r in by_type.get("order.invoiced", ())}
    returns = {r.event.data.return_id for r in by_type.get("order.returned", ())}
    if invoices:
        sql = "SELECT invoice_id, digest FROM invoices WHERE invoice_id = ANY($1::text[])"
        book.invoice_digests = {row[0]: row[1] for row in await connection.fetch(sql, list(invoices))}
    if returns:
        sql = "SELECT return_id, digest FROM returns WHERE return_id = ANY($1::text[])"
        book.return_digests = {row[0]: row[1] for row in await connection.fetch(sql, list(returns))}


async def _load_products(connection: Connection, book: OrderBook, events: list[Received]) -> None:
    if not events:
        return
    for row in await connection.fetch(_PRODUCTS, list({r.event.data.product_id for r in events})):
        book.products[row["product_id"]] = _product(row)
    known = [r.event for r in events if r.event.data.product_id in book.products]
    if not known:
        return
    rows = await connection.fetch(
        """SELECT product_id, revision, valid_from, digest FROM product_entries
           JOIN unnest($1::text[], $2::int[], $3::timestamptz[]) AS k (product_id, revision, valid_from)
           USING (product_id, revision, valid_from)""",
        [event.data.product_id for event in known],
        [event.data.revision for event in known],
        [event.occurred_at for event in known],
    )
    book.entry_digests = {(row[0], row[1], row[2]): row[3] for row in rows}
