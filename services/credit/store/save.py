"""Saving a folded working set: one statement for what every batch changes, one more for terms."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from services.credit.rules.day import wakes_on
from services.credit.rules.state import Account, Credit, Item, Order
from services.credit.store.approvals import expire_limits
from services.credit.store.cases import save_cases
from services.credit.store.policies import save_policies
from services.credit.working import Working
from services.kit.database import Connection, UnitOfWork
from services.kit.packing import (
    NOTHING,
    byte_rows,
    day_number,
    number_rows,
    text_columns,
    unpacked,
)


async def save(unit: UnitOfWork, working: Working) -> None:
    """Write accounts, documents, journal and outbox of ``working`` in the running transaction."""
    if working.activations:
        await save_policies(unit.connection, working)
    if working.days:
        await expire_limits(unit, working.days)
    if not working.touched:
        return
    connection = unit.connection
    await connection.execute(_SAVE, *_parameters(working))
    if working.terms:
        await _save_terms(connection, [working.accounts[customer] for customer in working.terms])
    if working.cases:
        await save_cases(unit, working)
        unit.announce("credit.held")
    working.tell_exposures()
    unit.publish_all(working.rows)


def _parameters(working: Working) -> Iterator[str | bytes]:
    """Yield what the statement below takes, table by table as it is unpacked there."""
    journal = working.journal
    yield from text_columns([(customer, kind, body) for customer, _, kind, _, _, _, body, _ in journal], 3)
    yield number_rows([(seq, day.toordinal()) for _, seq, _, day, _, _, _, _ in journal])
    yield byte_rows([row[4] or _NO_KEY for row in journal], 16)
    yield byte_rows([row[5] or _NO_KEY for row in journal], 16)
    yield byte_rows([row[7] for row in journal], 32)
    accounts = [working.accounts[customer] for customer in working.touched]
    yield from text_columns([(a.customer_id, a.currency, a.invoice_at, a.credit_at) for a in accounts], 4)
    yield number_rows([_balances(working.accounts[c], r.day) for c, r in working.touched.items()])
    yield byte_rows([a.hash for a in accounts], 32)
    orders = [(c, working.accounts[c].orders[i]) for i, c in working.orders.items()]
    yield from text_columns(
        [(o.order_id, c, o.status, o.currency, o.method, o.placed_at, o.factor) for c, o in orders], 7
    )
    yield number_rows([_order_numbers(o) for _, o in orders])
    items = [(c, working.accounts[c].items[i]) for i, c in working.items.items()]
    yield from text_columns([(i.invoice_id, c, i.order_id, i.own_currency, i.factor) for c, i in items], 5)
    yield number_rows([_item_numbers(i) for _, i in items])
    credits_ = [(c, working.accounts[c].credits[i]) for i, c in working.credits.items()]
    yield from text_columns(
        [(t.credit_id, c, _json(t.intents), t.at, t.own_currency, t.factor) for c, t in credits_], 6
    )
    yield number_rows([_credit_numbers(t) for _, t in credits_])
    yield from text_columns([(a[0], a[2], a[3]) for a in working.allocations], 3)
    yield number_rows([(a[1], a[4]) for a in working.allocations])


_NO_KEY = bytes(16)

_ENTRIES, _next = unpacked(
    "e",
    1,
    texts="customer_id kind body",
    numbers="seq day:day",
    blobs=[("event_key", 16), ("digest", 16), ("hash", 32)],
)
_BALANCES, _next = unpacked(
    "n",
    _next,
    texts="customer_id currency invoice_at* credit_at*",
    numbers="""seq open_orders shipped invoiced unapplied held_orders:int held_amount overdue_amount overdue_items:int
               oldest_overdue:day next_due:day wakes_on:day last_order_on:day last_invoice_on:day last_payment_on:day
               settled_items:int settled_days_late""",
    blobs=[("hash", 32)],
)
_ORDERS, _next = unpacked(
    "o",
    _next,
    texts="order_id customer_id status currency* method* placed_at* factor*",
    numbers="""amount revision:int open shipped invoiced version:int decision_seq promised_on:day placed_amount
               closed:bool term_days:int? cancelled:bool delivered stored:bool""",
)
_ITEMS, _next = unpacked(
    "i",
    _next,
    texts="invoice_id customer_id order_id? own_currency* factor*",
    numbers="""amount open issued_on:day due_on:day overdue:bool settled_on:day own_amount passes_on:bool
               stored:bool""",
)
_CREDITS, _next = unpacked(
    "c",
    _next,
    texts="credit_id customer_id intents at own_currency* factor*",
    numbers="seq amount remaining reversed:bool own_amount exchange stored:bool",
)
_ALLOCATIONS, _next = unpacked("p", _next, texts="customer_id credit_id invoice_id", numbers="seq amount")

# One statement for everything, because a small batch pays for round trips and not for rows. No row is named twice: a
# document is either new or changed, and only new ones are inserted, so that one which somebody else has stored
# meanwhile is an error and never overwritten.
_SAVE = f"""
WITH {_ENTRIES}, {_BALANCES}, {_ORDERS}, {_ITEMS}, {_CREDITS}, {_ALLOCATIONS}, entries AS (
    INSERT INTO journal (customer_id, seq, kind, day, event_key, digest, body, hash)
    SELECT customer_id, seq, kind, day, event_key, digest, body, hash FROM e
), balances AS (
    UPDATE accounts AS a SET
        currency = n.currency, seq = n.seq, hash = n.hash, open_orders = n.open_orders, shipped = n.shipped,
        invoiced = n.invoiced, unapplied = n.unapplied, held_orders = n.held_orders, held_amount = n.held_amount,
        overdue_amount = n.overdue_amount, overdue_items = n.overdue_items, oldest_overdue = n.oldest_overdue,
        next_due = n.next_due, wakes_on = n.wakes_on, invoice_at = n.invoice_at, credit_at = n.credit_at,
        last_order_on = n.last_order_on, last_invoice_on = n.last_invoice_on, last_payment_on = n.last_payment_on,
        settled_items = n.settled_items, settled_days_late = n.settled_days_late
    FROM n WHERE a.customer_id = n.customer_id
), new_orders AS (
    INSERT INTO orders (order_id, customer_id, status, amount, currency, method, revision, open, shipped, invoiced,
                        version, decision_seq, placed_at, promised_on, placed_amount, closed, term_days,
                        factor, cancelled, delivered)
    SELECT order_id, customer_id, status, amount, currency, method, revision, open, shipped, invoiced,
           version, decision_seq, placed_at, promised_on, placed_amount, closed, term_days,
           factor, cancelled, delivered
    FROM o WHERE NOT stored
), changed_orders AS (
    UPDATE orders AS t SET
        status = o.status, amount = o.amount, currency = o.currency, method = o.method, revision = o.revision,
        open = o.open, shipped = o.shipped, invoiced = o.invoiced, version = o.version,
        decision_seq = o.decision_seq, placed_at = o.placed_at, promised_on = o.promised_on,
        placed_amount = o.placed_amount, closed = o.closed, term_days = o.term_days, factor = o.factor,
        cancelled = o.cancelled, delivered = o.delivered
    FROM o WHERE o.stored AND t.order_id = o.order_id
), new_items AS (
    INSERT INTO items (invoice_id, customer_id, order_id, amount, open, issued_on, due_on, overdue, settled_on,
                       own_currency, own_amount, factor, passes_on)
    SELECT invoice_id, customer_id, order_id, amount, open, issued_on, due_on, overdue, settled_on,
           own_currency, own_amount, factor, passes_on
    FROM i WHERE NOT stored
), changed_items AS (
    UPDATE items AS t SET open = i.open, overdue = i.overdue, settled_on = i.settled_on
    FROM i WHERE i.stored AND t.invoice_id = i.invoice_id
), new_credits AS (
    INSERT INTO credits (credit_id, customer_id, seq, amount, remaining, reversed, intents, at,
                         own_currency, own_amount, factor, exchange)
    SELECT credit_id, customer_id, seq, amount, remaining, reversed, intents::jsonb, at,
           own_currency, own_amount, factor, exchange FROM c WHERE NOT stored
), changed_credits AS (
    UPDATE credits AS t SET
        seq = c.seq, amount = c.amount, at = c.at, remaining = c.remaining, reversed = c.reversed,
        intents = c.intents::jsonb, own_currency = c.own_currency, own_amount = c.own_amount, factor = c.factor,
        exchange = c.exchange
    FROM c WHERE c.stored AND t.credit_id = c.credit_id
)
INSERT INTO allocations (customer_id, seq, credit_id, invoice_id, amount)
SELECT customer_id, seq, credit_id, invoice_id, amount FROM p"""  # noqa: S608


def _balances(a: Account, day: date) -> tuple[int, ...]:
    return (
        a.seq,
        a.open_orders,
        a.shipped,
        a.invoiced,
        a.unapplied,
        a.held_orders,
        a.held_amount,
        a.overdue_amount,
        a.overdue_items,
        day_number(a.oldest_overdue),
        day_number(a.next_due),
        day_number(wakes_on(a, day)),
        day_number(a.last_order_on),
        day_number(a.last_invoice_on),
        day_number(a.last_payment_on),
        a.settled_items,
        a.settled_days_late,
    )


def _order_numbers(o: Order) -> tuple[int, ...]:
    return (
        o.amount,
        o.revision,
        o.open,
        o.shipped,
        o.invoiced,
        o.version,
        o.decision_seq,
        day_number(o.promised_on),
        o.placed_amount,
        int(o.closed),
        NOTHING if o.term_days is None else o.term_days,
        int(o.cancelled),
        o.delivered,
        int(o.stored),
    )


def _item_numbers(i: Item) -> tuple[int, ...]:
    return (
        i.amount,
        i.open,
        i.issued_on.toordinal(),
        i.due_on.toordinal(),
        int(i.overdue),
        day_number(i.settled_on),
        i.own_amount,
        int(i.passes_on),
        int(i.stored),
    )


def _credit_numbers(c: Credit) -> tuple[int, ...]:
    return (c.seq, c.amount, c.remaining, int(c.reversed), c.own_amount, c.exchange, int(c.stored))


async def _save_terms(connection: Connection, accounts: list[Account]) -> None:
    await connection.execute(
        """UPDATE accounts AS a SET
               term_days = n.term_days, credit_limit = n.credit_limit, grace_days = n.grace_days,
               single_order_max = n.single_order_max, thresholds = n.thresholds, review_on = n.review_on,
               temporary_limit = n.temporary_limit, temporary_from = n.temporary_from,
               temporary_until = n.temporary_until, blacklist = n.blacklist, hold = n.hold,
               risk_class = n.risk_class
           FROM unnest($1::text[], $2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::jsonb[], $7::date[],
                       $8::bigint[], $9::date[], $10::date[], $11::text[], $12::text[], $13::text[])
               AS n (customer_id, term_days, credit_limit, grace_days, single_order_max, thresholds, review_on,
                     temporary_limit, temporary_from, temporary_until, blacklist, hold, risk_class)
           WHERE a.customer_id = n.customer_id""",
        *_columns([_terms_row(account) for account in accounts], 13),
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
        a.risk_class,
    )


def _columns(records: Sequence[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """Turn rows into one array per column."""
    return list(zip(*records, strict=True)) if records else [()] * width


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode() if value else "{}"
