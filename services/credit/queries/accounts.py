"""Accounts, their documents by category of exposure, and their journal."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.rules.policy import Policy
from services.credit.rules.state import Account, Item, Order
from services.credit.store import rows
from services.credit.store.policies import DELIVERED_VERSION, policy_of
from services.credit.tables import accounts, items, journal, orders, partition_policies, policies
from services.credit.tables import credits as credit_table
from services.kit.tables import partition_days

# As text, because that is how the store reads JSON.
_ACCOUNT = [
    cast(column, Text).label(column.name) if isinstance(column.type, JSONB) else column
    for column in accounts.c
]
EXPOSURE: ColumnElement[int] = (
    accounts.c.open_orders + accounts.c.shipped + accounts.c.invoiced - accounts.c.unapplied
).label("exposure")
OLDEST_OVERDUE: ColumnElement[date] = func.coalesce(accounts.c.oldest_overdue, date.max, type_=Date).label(
    "oldest_overdue_or_never"
)

LAST_TRADE: ColumnElement[date] = func.greatest(
    accounts.c.last_order_on, accounts.c.last_invoice_on, accounts.c.last_payment_on, type_=Date
)
LAST_TRADE_OR_NEVER: ColumnElement[date] = func.coalesce(LAST_TRADE, date.min, type_=Date).label(
    "last_trade_or_never"
)


def reached(today: date) -> ColumnElement[date]:
    """The business day the account's partition has reached; ``today`` before its first."""
    return func.coalesce(partition_days.c.day, literal(today, Date), type_=Date)


def limit_in_force(today: date) -> ColumnElement[int | None]:
    """The limit on the business day reached; null: unlimited."""
    day = reached(today)
    temporary = and_(accounts.c.temporary_from <= day, day <= accounts.c.temporary_until)
    return case((temporary, accounts.c.temporary_limit), else_=accounts.c.credit_limit)


def overdue_days(today: date) -> ColumnElement[int]:
    """Days the oldest overdue invoice is past its due day; null when nothing is overdue."""
    return cast(reached(today) - accounts.c.oldest_overdue, Integer)


def days_since_trade(today: date) -> ColumnElement[int]:
    """Days since the last order, invoice or payment; null when there was none."""
    return cast(reached(today) - LAST_TRADE, Integer)


_WITH_DAY = accounts.outerjoin(partition_days, partition_days.c.partition == accounts.c.partition)


def select_accounts(today: date) -> Select[Any]:
    """Accounts, each with the business day it has reached (``reached``)."""
    return select(*_ACCOUNT, reached(today).label("reached")).select_from(_WITH_DAY)


def account_of(row: Row[Any]) -> tuple[Account, date]:
    """Return an account without its documents, and the business day it has reached."""
    return rows.account_of(row._mapping), row.reached


async def read_account(
    connection: AsyncConnection, customer_id: str, today: date
) -> tuple[Account, date] | None:
    """Return an account without its documents, and the business day it has reached."""
    statement = select_accounts(today).where(accounts.c.customer_id == customer_id)
    row = (await connection.execute(statement)).one_or_none()
    return account_of(row) if row is not None else None


async def read_day(connection: AsyncConnection, partition: int, today: date) -> date:
    """Return the business day a partition has reached."""
    day = await connection.scalar(select(partition_days.c.day).where(partition_days.c.partition == partition))
    return day or today


async def read_policy(connection: AsyncConnection, partition: int) -> Policy:
    """Return the policy in force on a partition."""
    latest = (
        select(partition_policies.c.version)
        .where(partition_policies.c.partition == partition, partition_policies.c.turn.is_not(None))
        .order_by(partition_policies.c.turn.desc())
        .limit(1)
        .scalar_subquery()
    )
    version = func.coalesce(latest, literal(DELIVERED_VERSION))
    statement = select(policies.c.version, cast(policies.c.body, Text)).where(policies.c.version == version)
    row = (await connection.execute(statement)).one()
    return policy_of(row[0], row[1])


def _columns(names: str, table: Any) -> list[Any]:
    return [table.c[name] for name in names.split(", ")]


async def read_held_orders(connection: AsyncConnection, customer_id: str) -> list[Order]:
    """Return a customer's held orders."""
    statement = select(*_columns(rows.ORDER_COLUMNS, orders)).where(
        orders.c.customer_id == customer_id, orders.c.status == "held"
    )
    return [rows.order_of(row) for row in await connection.execute(statement)]


async def read_open_items(connection: AsyncConnection, customer_id: str) -> list[Item]:
    """Return a customer's open invoices."""
    statement = select(*_columns(rows.ITEM_COLUMNS, items)).where(
        items.c.customer_id == customer_id, items.c.open > 0
    )
    return [rows.item_of(row) for row in await connection.execute(statement)]


def approved_orders(customer_id: str) -> Select[Any]:
    """A customer's orders that use credit, found by their decisions: the hot path keeps no index for this question."""
    order_id = cast(journal.c.body, JSONB)["order"].astext
    return (
        select(orders)
        .select_from(journal)
        .join(orders, and_(orders.c.order_id == order_id, orders.c.decision_seq == journal.c.seq))
        .where(
            journal.c.customer_id == customer_id,
            journal.c.kind == "decision",
            orders.c.customer_id == customer_id,
            orders.c.status == "approved",
            orders.c.method == "account",
        )
    )


def open_items(customer_id: str) -> Select[Any]:
    """A customer's open invoices."""
    return select(items).where(items.c.customer_id == customer_id, items.c.open > 0)


def unapplied_credits(customer_id: str) -> Select[Any]:
    """A customer's payments and credit notes with money left, each with the day it came in (``day``)."""
    return (
        select(
            credit_table.c.credit_id,
            credit_table.c.seq,
            credit_table.c.amount,
            credit_table.c.remaining,
            credit_table.c.own_currency,
            credit_table.c.own_amount,
            credit_table.c.factor,
            journal.c.day,
        )
        .join(
            journal,
            and_(journal.c.customer_id == credit_table.c.customer_id, journal.c.seq == credit_table.c.seq),
        )
        .where(credit_table.c.customer_id == customer_id, credit_table.c.remaining > 0)
    )


async def count_documents(connection: AsyncConnection, customer_id: str) -> Mapping[str, int]:
    """Return how many documents each category of exposure has."""
    approved = approved_orders(customer_id).subquery()
    of_orders = select(
        func.count().filter(approved.c.open > 0).label("open_orders"),
        func.count().filter(approved.c.shipped > 0).label("shipped"),
    )
    invoiced = select(func.count()).select_from(open_items(customer_id).subquery()).scalar_subquery()
    unapplied = select(func.count()).select_from(unapplied_credits(customer_id).subquery()).scalar_subquery()
    statement = of_orders.add_columns(invoiced.label("invoiced"), unapplied.label("unapplied"))
    return dict((await connection.execute(statement)).one()._mapping)


def journal_entries(customer_id: str) -> Select[Any]:
    """A customer's journal, each entry with the hash before it (``previous_hash``)."""
    before = journal.alias("before")
    return (
        select(journal, before.c.hash.label("previous_hash"))
        .join_from(
            journal,
            before,
            and_(before.c.customer_id == journal.c.customer_id, before.c.seq == journal.c.seq - 1),
            isouter=True,
        )
        .where(journal.c.customer_id == customer_id)
    )
