"""Loading the documents a batch touches, all in one statement."""

from bisect import insort
from collections.abc import Callable, Sequence
from typing import Any

from services.credit.rules.checks import MAX_DOCUMENTS
from services.credit.rules.evolve import index_items
from services.credit.rules.evolve_cases import index_cases
from services.credit.rules.receivables import payment_credit, write_off_credit
from services.credit.rules.state import Case, Override
from services.credit.store import rows
from services.credit.store.late import load_late
from services.credit.store.naming import Named, document_of, named_documents
from services.credit.working import Working
from services.kit.database import Connection
from services.kit.records import Received

NEED_ITEMS = frozenset(
    {
        "order.invoiced",
        "order.returned",
        "payment.received",
        "payment.reversed",
        "payment.transferred_out",
        "payment.transferred_in",
        "receivable.transferred_out",
        "receivable.transferred_in",
        "receivable.written_off",
        "terms.set",
        "clock.day_started",
    }
)
_FIELDS = {"orders": "order_id", "items": "invoice_id", "credits": "credit_id"}
_READ: dict[str, Callable[[Sequence[Any]], Any]] = {
    "orders": rows.order_of,
    "items": rows.item_of,
    "credits": rows.credit_of,
}
# Rows of three tables come as records, each with the columns of its own table. What is found by its id need not belong
# to the customer it is named for; what is found by its customer does.
_SELECT = f"""
SELECT 'orders' AS kind, true AS named, customer_id, ROW({rows.ORDER_COLUMNS}) AS document
    FROM orders WHERE order_id = ANY($1::text[])
UNION ALL SELECT 'items', true, customer_id, ROW({rows.ITEM_COLUMNS}) FROM items WHERE invoice_id = ANY($2::text[])
UNION ALL SELECT 'credits', true, customer_id, ROW({rows.CREDIT_COLUMNS})
    FROM credits WHERE credit_id = ANY($3::text[])
UNION ALL SELECT 'orders', false, customer_id, ROW({rows.ORDER_COLUMNS})
    FROM orders WHERE customer_id = ANY($4::text[]) AND status = 'held'
UNION ALL SELECT 'cases', false, customer_id, ROW(order_id, {rows.CASE_COLUMNS})
    FROM cases WHERE customer_id = ANY($4::text[]) OR order_id = ANY($1::text[])
UNION ALL SELECT 'overrides', false, customer_id, ROW(order_id, {rows.OVERRIDE_COLUMNS})
    FROM overrides WHERE order_id = ANY($1::text[])
UNION ALL SELECT 'items', false, customer_id, ROW({rows.ITEM_COLUMNS})
    FROM items WHERE customer_id = ANY($5::text[]) AND open > 0
UNION ALL SELECT 'credits', false, customer_id, ROW({rows.CREDIT_COLUMNS})
    FROM credits WHERE customer_id = ANY($5::text[]) AND remaining > 0
UNION ALL SELECT 'evidence', false, c.customer_id, ROW(i.due_on, i.invoice_id)
    FROM unnest($6::text[]) AS c (customer_id) CROSS JOIN LATERAL (
        SELECT due_on, invoice_id FROM items WHERE customer_id = c.customer_id AND open > 0 AND overdue
        ORDER BY due_on, invoice_id COLLATE "C" LIMIT {MAX_DOCUMENTS}) AS i"""  # noqa: S608


async def load_documents(
    connection: Connection, working: Working, events: Sequence[Received], *, every_account: bool
) -> None:
    """Load what is missing in memory: documents the batch names, closed ones too; held orders; open items and credits.

    An account that is only asked about, however many open invoices it has, gets the few overdue ones that a decision
    names as evidence: its balances are in its row.

    Notes whose a document is where the batch leaves that in doubt.

    Args:
        every_account: every account of the working set needs its open items, whatever the events are.
    """
    named = named_documents(events)
    await load_late(connection, working, events, named)
    applied = await _applications(connection, working, events, named)
    missing = [_missing(working, named, kind) for kind in _FIELDS]
    held, open_ = _without_held(working), _without_items(working, events, every_account)
    unnamed = _without_evidence(working, open_)
    if any(missing) or held or open_ or unnamed:
        desk = []
        for customer in unnamed:
            working.accounts[customer].overdue_index = []
        for kind, by_id, owner, document in await connection.fetch(_SELECT, *missing, held, open_, unnamed):
            if kind == "evidence":
                insort(working.accounts[owner].overdue_index, tuple(document))
                continue
            if kind not in _READ:
                desk.append((kind, owner, document))
                continue
            # The owner of a document that another customer's event names need not be part of this batch.
            if not by_id or named.by_owner(working, _FIELDS[kind], document[0], owner):
                getattr(working.accounts[owner], kind).setdefault(document[0], _READ[kind](document))
        _take_desk(working, held, desk)
    for customer in open_:
        account = working.accounts[customer]
        index_items(account)
        account.items_loaded = True
    for customer, credit_id, invoice_id, amount in applied:
        credit = working.accounts[customer].credits.get(credit_id)
        if credit is not None:
            credit.applied[invoice_id] = amount
    for field, document_id in named.shared:
        # Stored for nobody yet: it belongs to the first of them whose event is accepted.
        working.owners.setdefault(document_of(field, document_id), None)


def _take_desk(working: Working, held: list[str], desk: list[tuple[str, str, Any]]) -> None:
    """Give the orders just read their cases and overrides, which have tables of their own."""
    for kind, customer, (order_id, *values) in desk:
        account = working.accounts.get(customer)
        order = account.orders.get(order_id) if account is not None else None
        if order is None:
            continue
        if kind == "cases" and order.case is None:
            order.case = Case(*values)
        elif kind == "overrides" and order.override is None:
            order.override = Override(*values)
    for customer in held:
        index_cases(working.accounts[customer])


def _missing(working: Working, named: Named, kind: str) -> list[str]:
    accounts = working.accounts
    return named.missing(_FIELDS[kind], lambda customer: getattr(accounts[customer], kind))


def _without_held(working: Working) -> list[str]:
    """Return the accounts that have held orders, but not in memory."""
    return [
        customer
        for customer, account in working.accounts.items()
        if account.held_orders and not any(order.status == "held" for order in account.orders.values())
    ]


def _without_items(working: Working, events: Sequence[Received], every_account: bool) -> list[str]:
    """Return the accounts that need their open items and remaining credits and do not have them."""
    accounts = working.accounts
    if every_account:
        return [customer for customer, account in accounts.items() if not account.items_loaded]
    needing = {r.event.data.customer_id for r in events if r.event.type in NEED_ITEMS}
    return [customer for customer in accounts if customer in needing and not accounts[customer].items_loaded]


def _without_evidence(working: Working, open_: list[str]) -> list[str]:
    """Return the accounts that have overdue invoices and will not know the oldest of them."""
    loading = set(open_)
    return [
        customer
        for customer, account in working.accounts.items()
        if account.overdue_items
        and not account.items_loaded
        and customer not in loading
        and len(account.overdue_index) < min(MAX_DOCUMENTS, account.overdue_items)
    ]


async def _applications(
    connection: Connection, working: Working, events: Sequence[Received], named: Named
) -> list[tuple[str, str, str, int]]:
    """Return (customer, credit, invoice, amount) of what the batch's reversals and write-offs had been applied to.

    The invoices are named: a reversal opens them again.
    """
    named_credits = [
        payment_credit(r.event.data.payment_id) for r in events if r.event.type == "payment.reversed"
    ]
    named_credits += [
        write_off_credit(r.event.data.write_off_id)
        for r in events
        if r.event.type == "receivable.written_off"
    ]
    if not named_credits:
        return []
    found = await connection.fetch(
        """SELECT customer_id, credit_id, invoice_id, sum(amount)::bigint AS amount FROM allocations
           WHERE credit_id = ANY($1::text[]) GROUP BY customer_id, credit_id, invoice_id""",
        named_credits,
    )
    # Another customer's event may name the payment: then nothing comes of it.
    mine = [tuple(row) for row in found if row["customer_id"] in working.accounts]
    for customer, _, invoice_id, _ in mine:
        named.add("invoice_id", invoice_id, customer)
    return mine
