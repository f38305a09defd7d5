"""Saving a folded working set: one statement for what every batch changes, one more for terms."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

import msgspec

from services.credit.rules.day import wakes_on
from services.credit.rules.state import Account, Credit, Item, Order
from services.credit.store.approvals import expire_limits
from services.credit.store.cases import save_cases
from services.credit.store.policies import save_policies
from services.credit.working import Working
from services.kit.database import Connection, UnitOfWork


async def save(unit: UnitOfWork, working: Working) -> None:
    """Write accounts, documents, journal and outbox of ``working`` in the running transaction."""
    if working.activations:
        await save_policies(unit.connection, working)
    if working.days:
        await expire_limits(unit, working.days)
    if not working.touched:
        return
    connection = unit.connection
    await connection.execute(
        _SAVE,
        *_columns(working.journal, 8),
        *_columns([_balances(working.accounts[c], r.day) for c, r in working.touched.items()], 22),
        *_columns([_order_row(c, working.accounts[c].orders[i]) for i, c in working.orders.items()], 21),
        *_columns([_item_row(c, working.accounts[c].items[i]) for i, c in working.items.items()], 14),
        *_columns([_credit_row(c, working.accounts[c].credits[i]) for i, c in working.credits.items()], 13),
        *_columns(working.allocations, 5),
    )
    if working.terms:
        await _save_terms(connection, [working.accounts[customer] for customer in working.terms])
    if working.cases:
        await save_cases(unit, working)
    working.tell_exposures()
    unit.publish_all(working.rows)


_numbers = count(1)


def _arrays(types: str) -> str:
    """Return the next parameters of the statement below, one array per column."""
    return ", ".join(f"${next(_numbers)}::{type_}[]" for type_ in types.split())


# One statement for everything, because a small batch pays for round trips and not for rows. No row is named twice: a
# document is either new or changed, and only new ones are inserted, so that one which somebody else has stored
# meanwhile is an error and never overwritten.
_SAVE = f"""
WITH entries AS (
    INSERT INTO journal (customer_id, seq, kind, day, event_key, digest, body, hash)
    SELECT * FROM unnest({_arrays("text bigint text date bytea bytea text bytea")})
), balances AS (
    UPDATE accounts AS a SET
        currency = n.currency, seq = n.seq, hash = n.hash, open_orders = n.open_orders, shipped = n.shipped,
        invoiced = n.invoiced, unapplied = n.unapplied, held_orders = n.held_orders, held_amount = n.held_amount,
        overdue_amount = n.overdue_amount, overdue_items = n.overdue_items, oldest_overdue = n.oldest_overdue,
        next_due = n.next_due, wakes_on = n.wakes_on, invoice_at = n.invoice_at, credit_at = n.credit_at,
        last_order_on = n.last_order_on, last_invoice_on = n.last_invoice_on, last_payment_on = n.last_payment_on,
        settled_items = n.settled_items, settled_days_late = n.settled_days_late
    FROM unnest({_arrays("text text bigint bytea bigint bigint bigint bigint int bigint bigint int")},
                {_arrays("date date date text text date date date int bigint")})
        AS n (customer_id, currency, seq, hash, open_orders, shipped, invoiced, unapplied, held_orders,
              held_amount, overdue_amount, overdue_items, oldest_overdue, next_due, wakes_on, invoice_at, credit_at,
              last_order_on, last_invoice_on, last_payment_on, settled_items, settled_days_late)
    WHERE a.customer_id = n.customer_id
), o AS MATERIALIZED (
    SELECT * FROM unnest({_arrays("text text text bigint text text int bigint bigint bigint int bigint text date")},
                         {_arrays("bigint bool int text bool bigint bool")})
        AS n (order_id, customer_id, status, amount, currency, method, revision, open, shipped, invoiced,
              version, decision_seq, placed_at, promised_on, placed_amount, closed, term_days,
              factor, cancelled, delivered, stored)
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
), i AS MATERIALIZED (
    SELECT * FROM unnest({_arrays("text text text bigint bigint date date bool date text bigint text bool bool")})
        AS n (invoice_id, customer_id, order_id, amount, open, issued_on, due_on, overdue, settled_on,
              own_currency, own_amount, factor, passes_on, stored)
), new_items AS (
    INSERT INTO items (invoice_id, customer_id, order_id, amount, open, issued_on, due_on, overdue, settled_on,
                       own_currency, own_amount, factor, passes_on)
    SELECT invoice_id, customer_id, order_id, amount, open, issued_on, due_on, overdue, settled_on,
           own_currency, own_amount, factor, passes_on
    FROM i WHERE NOT stored
), changed_items AS (
    UPDATE items AS t SET open = i.open, overdue = i.overdue, settled_on = i.settled_on
    FROM i WHERE i.stored AND t.invoice_id = i.invoice_id
), c AS MATERIALIZED (
    SELECT * FROM unnest({_arrays("text text bigint bigint bigint bool jsonb text text bigint text bigint bool")})
        AS n (credit_id, customer_id, seq, amount, remaining, reversed, intents, at,
              own_currency, own_amount, factor, exchange, stored)
), new_credits AS (
    INSERT INTO credits (credit_id, customer_id, seq, amount, remaining, reversed, intents, at,
                         own_currency, own_amount, factor, exchange)
    SELECT credit_id, customer_id, seq, amount, remaining, reversed, intents, at,
           own_currency, own_amount, factor, exchange FROM c WHERE NOT stored
), changed_credits AS (
    UPDATE credits AS t SET
        seq = c.seq, amount = c.amount, at = c.at, remaining = c.remaining, reversed = c.reversed, intents = c.intents,
        own_currency = c.own_currency, own_amount = c.own_amount, factor = c.factor, exchange = c.exchange
    FROM c WHERE c.stored AND t.credit_id = c.credit_id
)
INSERT INTO allocations (customer_id, seq, credit_id, invoice_id, amount)
SELECT * FROM unnest({_arrays("text bigint text text bigint")})"""  # noqa: S608


def _balances(a: Account, day: date) -> tuple[Any, ...]:
    return (
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
        a.invoice_at,
        a.credit_at,
        a.last_order_on,
        a.last_invoice_on,
        a.last_payment_on,
        a.settled_items,
        a.settled_days_late,
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
        o.term_days,
        o.factor,
        o.cancelled,
        o.delivered,
        o.stored,
    )


def _item_row(customer: str, i: Item) -> tuple[Any, ...]:
    return (
        i.invoice_id,
        customer,
        i.order_id,
        i.amount,
        i.open,
        i.issued_on,
        i.due_on,
        i.overdue,
        i.settled_on,
        i.own_currency,
        i.own_amount,
        i.factor,
        i.passes_on,
        i.stored,
    )


def _credit_row(customer: str, c: Credit) -> tuple[Any, ...]:
    return (
        c.credit_id,
        customer,
        c.seq,
        c.amount,
        c.remaining,
        c.reversed,
        _json(c.intents),
        c.at,
        c.own_currency,
        c.own_amount,
        c.factor,
        c.exchange,
        c.stored,
    )


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
