"""Writing what a batch changed: documents, their lines, and the facts by the difference."""

import json
from collections.abc import Iterable
from typing import Any

from services.insights import tables
from services.insights.rules.customers import Assignment, Customer
from services.insights.rules.documents import Invoice, Order, Payment, Return, Tracked
from services.insights.rules.evaluation import (
    lines_of_order,
    lines_of_return,
    order_needs_lines,
    return_needs_lines,
    total_order,
    total_return,
)
from services.insights.rules.facts import Changes
from services.insights.rules.working import Key, WorkingSet
from services.insights.store.contacts import (
    note_assignments,
    write_follow_ups,
    write_salespeople,
    write_write_offs,
)
from services.insights.store.facts import write_facts, write_trade_days
from services.insights.store.latest import write_products, write_receivables
from services.insights.store.lines import cost_lines, read_lines, replace_lines
from services.insights.store.prospects import write_prospects
from services.insights.store.repair import write_costs
from services.insights.store.sql import columns_of, row_of, upsert
from services.kit.database import Connection

_OF_ORDERS = ("ordered", "invoiced")
_OF_RETURNS = ("returned",)


async def save_working(connection: Connection, working: WorkingSet) -> None:
    """Write everything that changed. Costs come last: they repair what this batch has written, too."""
    working.evaluate()
    orders = {key: entry for key, entry in working.orders.items() if _changed(entry) or entry.now.dropped}
    returns = {key: entry for key, entry in working.returns.items() if _changed(entry)}
    payments = {key: entry for key, entry in working.payments.items() if _changed(entry)}
    await _work_out_lines(connection, working, orders, returns)
    changes = _changes(orders.values(), returns.values(), payments.values())
    await _write_documents(connection, working, orders, returns, payments)
    await write_facts(connection, changes)
    trading = {key.customer_id for key in changes.sales}
    await write_trade_days(connection, trading, working.customers.keys() - working.untouched_newcomers())
    await _write_people(connection, working)
    await write_follow_ups(connection, list(working.follow_ups.values()))
    await write_write_offs(connection, list(working.write_offs.values()))
    await write_salespeople(connection, list(working.salespeople.values()))
    await write_prospects(connection, list(working.prospects.values()))
    await write_products(connection, list(working.products.values()))
    await write_receivables(connection, list(working.receivables.values()))
    await write_costs(connection, list(working.costs.values()))


def _changed(entry: Tracked[Any]) -> bool:
    return entry.content is not None or entry.now != entry.before


async def _work_out_lines(
    connection: Connection,
    working: WorkingSet,
    orders: dict[Key, Tracked[Order]],
    returns: dict[Key, Tracked[Return]],
) -> None:
    """Give those documents their lines that are new or count differently than before, and sum them up."""
    known_orders = {key: entry for key, entry in orders.items() if order_needs_lines(entry)}
    known_returns = {key: entry for key, entry in returns.items() if return_needs_lines(entry)}
    await read_lines(connection, known_orders, _OF_ORDERS)
    await read_lines(connection, known_returns, _OF_RETURNS)
    for key, order in orders.items():
        if order.before is None or key in known_orders:
            order.lines = lines_of_order(order, working.invoices_of(order.now))
    for key, returned in returns.items():
        if returned.before is None or key in known_returns:
            returned.lines = lines_of_return(returned)
    entries: list[Tracked[Any]] = [*orders.values(), *returns.values()]
    await cost_lines(connection, [line for entry in entries for line in entry.lines or ()])
    for order in orders.values():
        if order.lines is not None:
            total_order(order.now, order.lines)
    for returned in returns.values():
        if returned.lines is not None:
            total_return(returned.now, returned.lines)


def _changes(
    orders: Iterable[Tracked[Order]],
    returns: Iterable[Tracked[Return]],
    payments: Iterable[Tracked[Payment]],
) -> Changes:
    changes = Changes()
    for order in orders:
        changes.order(order)
    for returned in returns:
        changes.returned(returned)
    for payment in payments:
        changes.payment(payment)
    return changes


async def _write_documents(
    connection: Connection,
    working: WorkingSet,
    orders: dict[Key, Tracked[Order]],
    returns: dict[Key, Tracked[Return]],
    payments: dict[Key, Tracked[Payment]],
) -> None:
    await upsert(connection, tables.orders, columns_of(Order), _rows(Order, orders.values()))
    await upsert(connection, tables.returns, columns_of(Return), _rows(Return, returns.values()))
    await upsert(
        connection, tables.payments, columns_of(Payment), [_payment_row(e.now) for e in payments.values()]
    )
    invoices = [entry.now for entry in working.invoices.values() if _changed(entry)]
    await upsert(connection, tables.invoices, columns_of(Invoice), [_invoice_row(i) for i in invoices])
    await replace_lines(connection, orders, _OF_ORDERS)
    await replace_lines(connection, returns, _OF_RETURNS)


async def _write_people(connection: Connection, working: WorkingSet) -> None:
    customers = [entry for entry in working.customers.values() if _changed(entry)]
    await upsert(connection, tables.customers, columns_of(Customer), _rows(Customer, customers))
    to_row = row_of(Assignment)
    assignments = [to_row(a) for history in working.owners.values() for a in history.changed.values()]
    await upsert(connection, tables.customer_owners, columns_of(Assignment), assignments)
    await note_assignments(connection, working.assignments)
    if unknown := working.untouched_newcomers():
        await connection.execute("DELETE FROM customers WHERE customer_id = ANY($1::text[])", list(unknown))


def _rows(cls: type[Any], entries: Iterable[Tracked[Any]]) -> list[tuple[Any, ...]]:
    to_row = row_of(cls)
    return [to_row(entry.now) for entry in entries]


def _payment_row(payment: Payment) -> tuple[Any, ...]:
    return (*row_of(Payment)(payment)[:-1], json.dumps(payment.named))


def _invoice_row(invoice: Invoice) -> tuple[Any, ...]:
    return (*row_of(Invoice)(invoice)[:-1], json.dumps(invoice.lines))
