"""Saving a folded working set: one set-based statement per table."""

from typing import Any

import msgspec

from services.credit.rules.day import wakes_on
from services.credit.rules.state import Account, Order
from services.credit.working import Working
from services.kit.database import Connection, UnitOfWork

JOURNAL_COLUMNS = ("customer_id", "seq", "kind", "day", "event_key", "digest", "body", "hash")
ORDER_COLUMNS = (
    "order_id",
    "customer_id",
    "status",
    "amount",
    "currency",
    "method",
    "revision",
    "open",
    "shipped",
    "invoiced",
    "version",
    "decision_seq",
    "placed_at",
    "promised_on",
    "placed_amount",
    "closed",
)
ITEM_COLUMNS = ("invoice_id", "customer_id", "order_id", "amount", "open", "issued_on", "due_on", "overdue")
CREDIT_COLUMNS = ("credit_id", "customer_id", "seq", "amount", "remaining", "reversed", "intents")
ALLOCATION_COLUMNS = ("customer_id", "seq", "credit_id", "invoice_id", "amount")


async def save(unit: UnitOfWork, working: Working) -> None:
    """Write accounts, documents, journal and outbox of ``working`` in the running transaction."""
    if not working.touched:
        return
    connection = unit.connection
    await connection.copy_records_to_table("journal", records=working.journal, columns=JOURNAL_COLUMNS)
    await _save_balances(connection, working)
    if working.terms:
        await _save_terms(connection, [working.accounts[customer] for customer in working.terms])
    if working.orders:
        await _save_orders(connection, working)
    if working.items:
        await _save_items(connection, working)
    if working.credits:
        await _save_credits(connection, working)
    if working.allocations:
        await connection.copy_records_to_table(
            "allocations", records=working.allocations, columns=ALLOCATION_COLUMNS
        )
    working.tell_exposures()
    unit.publish_all(working.rows)


async def _save_balances(connection: Connection, working: Working) -> None:
    accounts = [(working.accounts[customer], received.day) for customer, received in working.touched.items()]
    await connection.execute(
        """UPDATE accounts AS a SET
               currency = n.currency, seq = n.seq, hash = n.hash, open_orders = n.open_orders, shipped = n.shipped,
               invoiced = n.invoiced, unapplied = n.unapplied, held_orders = n.held_orders, held_amount = n.held_amount,
               overdue_amount = n.overdue_amount, overdue_items = n.overdue_items, oldest_overdue = n.oldest_overdue,
               next_due = n.next_due, wakes_on = n.wakes_on
           FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[], $5::bigint[], $6::bigint[], $7::bigint[],
                       $8::bigint[], $9::int[], $10::bigint[], $11::bigint[], $12::int[], $13::date[], $14::date[],
                       $15::date[])
               AS n (customer_id, currency, seq, hash, open_orders, shipped, invoiced, unapplied, held_orders,
                     held_amount, overdue_amount, overdue_items, oldest_overdue, next_due, wakes_on)
           WHERE a.customer_id = n.customer_id""",
        *_columns(
            (
                a.customer_id,
                a.currency,
                a.seq,
                a.hash,
                a.open_orders,
                a.shipped,
                a.invoiced,
                a.unapplied,
                a.held_orders,
                a.held_amount,
                a.overdue_amount,
                a.overdue_items,
                a.oldest_overdue,
                a.next_due,
                wakes_on(a, day),
            )
            for a, day in accounts
        ),
    )


async def _save_terms(connection: Connection, accounts: list[Account]) -> None:
    await connection.execute(
        """UPDATE accounts AS a SET
               term_days = n.term_days, credit_limit = n.credit_limit, grace_days = n.grace_days,
               single_order_max = n.single_order_max, thresholds = n.thresholds, review_on = n.review_on,
               temporary_limit = n.temporary_limit, temporary_from = n.temporary_from,
               temporary_until = n.temporary_until, blacklist = n.blacklist, hold = n.hold
           FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::jsonb[], $7::date[],
                       $8::bigint[], $9::date[], $10::date[], $11::text[], $12::text[])
               AS n (customer_id, term_days, credit_limit, grace_days, single_order_max, thresholds, review_on,
                     temporary_limit, temporary_from, temporary_until, blacklist, hold)
           WHERE a.customer_id = n.customer_id""",
        *_columns(_terms_row(account) for account in accounts),
    )


def _terms_row(a: Account) -> tuple[Any, ...]:
    thresholds = a.thresholds
    temporary = a.temporary
    return (
        a.customer_id,
        a.term_days,
        a.limit,
        a.grace_days,
        a.single_order_max,
        _json([thresholds.max_amount, thresholds.max_days, thresholds.max_items]) if thresholds else None,
        a.review_on,
        temporary.limit if temporary else None,
        temporary.from_day if temporary else None,
        temporary.until_day if temporary else None,
        a.blacklist,
        a.hold,
    )


async def _save_orders(connection: Connection, working: Working) -> None:
    orders = [
        (customer, working.accounts[customer].orders[order_id])
        for order_id, customer in working.orders.items()
    ]
    new = [_order_row(customer, order) for customer, order in orders if not order.stored]
    if new:
        await connection.copy_records_to_table("orders", records=new, columns=ORDER_COLUMNS)
    changed = [_order_row(customer, order) for customer, order in orders if order.stored]
    if changed:
        await connection.execute(
            """UPDATE orders AS o SET
                   status = n.status, amount = n.amount, currency = n.currency, method = n.method,
                   revision = n.revision, open = n.open, shipped = n.shipped, invoiced = n.invoiced,
                   version = n.version, decision_seq = n.decision_seq, placed_at = n.placed_at,
                   promised_on = n.promised_on, placed_amount = n.placed_amount, closed = n.closed
               FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::int[],
                           $8::bigint[], $9::bigint[], $10::bigint[], $11::int[], $12::bigint[], $13::text[],
                           $14::date[], $15::bigint[], $16::bool[])
                   AS n (order_id, customer_id, status, amount, currency, method, revision, open, shipped, invoiced,
                         version, decision_seq, placed_at, promised_on, placed_amount, closed)
               WHERE o.order_id = n.order_id""",
            *_columns(changed),
        )


def _order_row(customer: str, o: Order) -> tuple[Any, ...]:
    return (
        o.order_id,
        customer,
        o.status,
        o.amount,
        o.currency,
        o.method,
        o.revision,
        o.open,
        o.shipped,
        o.invoiced,
        o.version,
        o.decision_seq,
        o.placed_at,
        o.promised_on,
        o.placed_amount,
        o.closed,
    )


async def _save_items(connection: Connection, working: Working) -> None:
    items = [(customer, working.accounts[customer].items[i]) for i, customer in working.items.items()]
    new = [
        (i.invoice_id, customer, i.order_id, i.amount, i.open, i.issued_on, i.due_on, i.overdue)
        for customer, i in items
        if not i.stored
    ]
    if new:
        await connection.copy_records_to_table("items", records=new, columns=ITEM_COLUMNS)
    changed = [(i.invoice_id, i.open, i.overdue) for _, i in items if i.stored]
    if changed:
        await connection.execute(
            """UPDATE items AS i SET open = n.open, overdue = n.overdue
               FROM unnest($1::text[], $2::bigint[], $3::bool[]) AS n (invoice_id, open, overdue)
               WHERE i.invoice_id = n.invoice_id""",
            *_columns(changed),
        )


async def _save_credits(connection: Connection, working: Working) -> None:
    touched = [(customer, working.accounts[customer].credits[i]) for i, customer in working.credits.items()]
    new = [
        (c.credit_id, customer, c.seq, c.amount, c.remaining, c.reversed, _json(c.intents))
        for customer, c in touched
        if not c.stored
    ]
    if new:
        await connection.copy_records_to_table("credits", records=new, columns=CREDIT_COLUMNS)
    changed = [(c.credit_id, c.remaining, c.reversed, _json(c.intents)) for _, c in touched if c.stored]
    if changed:
        await connection.execute(
            """UPDATE credits AS c SET remaining = n.remaining, reversed = n.reversed, intents = n.intents
               FROM unnest($1::text[], $2::bigint[], $3::bool[], $4::jsonb[])
                 AS n (credit_id, remaining, reversed, intents)
               WHERE c.credit_id = n.credit_id""",
            *_columns(changed),
        )


def _columns(records: Any) -> list[Any]:
    """Turn rows into one array per column."""
    return [list(column) for column in zip(*records, strict=True)]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
