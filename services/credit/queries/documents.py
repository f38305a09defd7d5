"""Payments, held orders, and the chain of an order's decisions."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Row,
    Select,
    Text,
    and_,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.queries.accounts import reached
from services.credit.rules.state import PAYMENTS
from services.credit.tables import accounts, allocations, items, journal, orders
from services.credit.tables import credits as credit_table
from services.kit.tables import partition_days

LONGEST_CHAIN = 1_000

EVENT_KEY: ColumnElement[str] = func.encode(journal.c.event_key, "hex", type_=Text).label("event_key_text")
"""Unique over the first entries of events; indexed with the day for payments and credit notes."""

_BODY = cast(journal.c.body, JSONB)
_ENTRY_OF_CREDIT = and_(
    journal.c.customer_id == credit_table.c.customer_id, journal.c.seq == credit_table.c.seq
)
_DECISION = and_(journal.c.customer_id == orders.c.customer_id, journal.c.seq == orders.c.decision_seq)


def select_payments() -> Select[Any]:
    """Payments, each with its first journal entry and its account's currency."""
    return (
        select(
            credit_table,
            journal.c.day,
            journal.c.body,
            accounts.c.currency,
        )
        .select_from(journal)
        .join(credit_table, credit_table.c.credit_id == _BODY["credit"].astext)
        .join(accounts, accounts.c.customer_id == journal.c.customer_id)
        .where(journal.c.kind == "credit", credit_table.c.credit_id.startswith(PAYMENTS, autoescape=True))
    )


async def read_payment(connection: AsyncConnection, credit_id: str) -> Row[Any] | None:
    """Return a payment with its first journal entry, which is a reversal where that came first."""
    statement = (
        select(credit_table, journal.c.day, journal.c.body, accounts.c.currency)
        .join(journal, _ENTRY_OF_CREDIT)
        .join(accounts, accounts.c.customer_id == credit_table.c.customer_id)
        .where(credit_table.c.credit_id == credit_id)
    )
    return (await connection.execute(statement)).one_or_none()


async def read_allocations(connection: AsyncConnection, credit_id: str) -> list[Row[Any]]:
    """Return what a payment was applied to: every allocation with its day and invoice, oldest first."""
    statement = (
        select(
            allocations.c.seq,
            allocations.c.invoice_id,
            allocations.c.amount,
            journal.c.day,
            items.c.due_on,
            items.c.open,
        )
        .join(
            journal,
            and_(journal.c.customer_id == allocations.c.customer_id, journal.c.seq == allocations.c.seq),
        )
        .join(items, items.c.invoice_id == allocations.c.invoice_id)
        .where(allocations.c.credit_id == credit_id)
        .order_by(allocations.c.seq, items.c.due_on, allocations.c.invoice_id)
    )
    return list(await connection.execute(statement))


async def read_reversal(
    connection: AsyncConnection, customer_id: str, credit_id: str, since: int
) -> str | None:
    """Return the journal entry that took a payment back."""
    statement = (
        select(journal.c.body)
        .where(
            journal.c.customer_id == customer_id,
            journal.c.seq >= since,
            journal.c.kind == "reversed",
            _BODY["credit"].astext == credit_id,
        )
        .order_by(journal.c.seq)
        .limit(1)
    )
    body: str | None = await connection.scalar(statement)
    return body


def age_days(today: date, zone: ZoneInfo) -> ColumnElement[int]:
    """Business days, by the calendar, since an order was placed."""
    placed_on = cast(func.timezone(zone.key, cast(orders.c.placed_at, DateTime(timezone=True))), Date)
    return cast(reached(today) - placed_on, Integer)


def fails(rule: str) -> ColumnElement[bool]:
    """Whether the decision in force failed a rule."""
    return _BODY["reasons"].contains([{"rule": rule}])


def select_held(today: date, zone: ZoneInfo) -> Select[Any]:
    """Held orders, each with the journal entry of its decision (``body``), its age and its account's currency."""
    return (
        select(
            orders,
            journal.c.body,
            accounts.c.currency.label("account_currency"),
            age_days(today, zone).label("age_days"),
        )
        .select_from(orders)
        .join(journal, _DECISION)
        .join(accounts, accounts.c.customer_id == orders.c.customer_id)
        .outerjoin(partition_days, partition_days.c.partition == accounts.c.partition)
        .where(orders.c.status == "held")
    )


async def read_order(connection: AsyncConnection, order_id: str) -> Row[Any] | None:
    """Return an order as credit knows it, with its account's currency."""
    statement = (
        select(orders, accounts.c.currency.label("account_currency"))
        .join(accounts, accounts.c.customer_id == orders.c.customer_id)
        .where(orders.c.order_id == order_id)
    )
    return (await connection.execute(statement)).one_or_none()


async def read_chain(connection: AsyncConnection, customer_id: str, seq: int) -> list[str]:
    """Return the journal entries of a decision and of the versions before it, the newest first."""
    previous = cast(_BODY["previous"].astext, BigInteger)
    first = select(journal.c.seq, journal.c.body, previous.label("previous")).where(
        journal.c.customer_id == customer_id, journal.c.seq == seq
    )
    chain = first.cte("chain", recursive=True)
    chain = chain.union_all(
        select(journal.c.seq, journal.c.body, previous.label("previous")).where(
            journal.c.customer_id == customer_id, journal.c.seq == chain.c.previous
        )
    )
    statement = select(cast(chain.c.body, Text)).order_by(chain.c.seq.desc()).limit(LONGEST_CHAIN)
    return list((await connection.execute(statement)).scalars())
