"""What the API reads: one select per question, over SQLAlchemy Core."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.orders.tables import (
    decisions,
    invoice_lines,
    invoices,
    order_lines,
    order_revisions,
    orders,
    product_entries,
    products,
    return_lines,
    returns,
    shipments,
)

Rows = Sequence[Row[Any]]

_DECISION = [column.label(f"d_{column.name}") for column in decisions.c]


def _returned() -> ColumnElement[int]:
    """What came back of an order: returns that name it, and those that name no order but an invoice of it."""
    of_invoice = (
        select(invoices.c.invoice_id).where(invoices.c.order_id == orders.c.order_id).correlate(orders)
    )
    total = select(func.coalesce(func.sum(returns.c.amount_minor), 0)).where(
        or_(
            returns.c.order_id == orders.c.order_id,
            and_(returns.c.order_id.is_(None), returns.c.invoice_id.in_(of_invoice)),
        ),
        returns.c.currency == orders.c.currency,
    )
    return total.correlate(orders).scalar_subquery()


def order_summaries() -> Select[Any]:
    """Orders, each with its effective decision (``d_*``) and what was returned (``returned_minor``)."""
    effective = and_(
        decisions.c.order_id == orders.c.order_id, decisions.c.version == orders.c.decision_version
    )
    return select(orders, _returned().label("returned_minor"), *_DECISION).select_from(
        orders.outerjoin(decisions, effective)
    )


async def order_summary(connection: AsyncConnection, order_id: str) -> Row[Any] | None:
    """Return one order as :func:`order_summaries` shows it."""
    found: Row[Any] | None = (
        await connection.execute(order_summaries().where(orders.c.order_id == order_id))
    ).one_or_none()
    return found


async def decision_versions(connection: AsyncConnection, order_id: str) -> Rows:
    """Return every version of the decision on an order, oldest first."""
    history = select(*_DECISION).where(decisions.c.order_id == order_id).order_by(decisions.c.version)
    return (await connection.execute(history)).all()


async def revisions_of(connection: AsyncConnection, order_id: str) -> Rows:
    """Return every body an order ever had, oldest revision first."""
    mine = select(order_revisions).where(order_revisions.c.order_id == order_id)
    return (await connection.execute(mine.order_by(order_revisions.c.revision))).all()


async def lines_of(connection: AsyncConnection, order_id: str, revision: int) -> Rows:
    """Return the lines of an order in one revision."""
    table = order_lines
    mine = and_(table.c.order_id == order_id, table.c.revision == revision)
    return (await connection.execute(select(table).where(mine).order_by(table.c.line))).all()


async def shipments_of(connection: AsyncConnection, order_id: str) -> Rows:
    """Return an order's shipments by time."""
    mine = select(shipments).where(shipments.c.order_id == order_id)
    return (await connection.execute(mine.order_by(shipments.c.at, shipments.c.shipment_id))).all()


async def invoices_of(connection: AsyncConnection, order_id: str) -> tuple[Rows, Rows]:
    """Return an order's invoices by time, and their lines."""
    mine = (
        select(invoices).where(invoices.c.order_id == order_id).order_by(invoices.c.at, invoices.c.invoice_id)
    )
    documents = (await connection.execute(mine)).all()
    numbers = [document.invoice_id for document in documents]
    of_these = invoice_lines.c.invoice_id.in_(numbers)
    lines = select(invoice_lines).where(of_these).order_by(invoice_lines.c.invoice_id, invoice_lines.c.line)
    return documents, (await connection.execute(lines)).all() if numbers else []


async def returns_of(connection: AsyncConnection, order_id: str) -> tuple[Rows, Rows]:
    """Return an order's returns by time, and their lines; those that only name an invoice of it included."""
    of_invoice = select(invoices.c.invoice_id).where(invoices.c.order_id == order_id)
    mine = or_(
        returns.c.order_id == order_id,
        and_(returns.c.order_id.is_(None), returns.c.invoice_id.in_(of_invoice)),
    )
    documents = (
        await connection.execute(select(returns).where(mine).order_by(returns.c.at, returns.c.return_id))
    ).all()
    numbers = [document.return_id for document in documents]
    of_these = return_lines.c.return_id.in_(numbers)
    lines = select(return_lines).where(of_these).order_by(return_lines.c.return_id, return_lines.c.line)
    return documents, (await connection.execute(lines)).all() if numbers else []


def all_products() -> Select[Any]:
    """Products with the entry in force."""
    return select(products)


async def product(connection: AsyncConnection, product_id: str) -> Row[Any] | None:
    """Return a product's entry in force."""
    return (
        await connection.execute(select(products).where(products.c.product_id == product_id))
    ).one_or_none()


async def entries_of(connection: AsyncConnection, product_id: str) -> Rows:
    """Return every entry a product ever had, by the time from which it holds."""
    table = product_entries
    mine = select(table).where(table.c.product_id == product_id)
    return (await connection.execute(mine.order_by(table.c.valid_from, table.c.revision))).all()


async def entry_at(connection: AsyncConnection, product_id: str, at: datetime) -> Row[Any] | None:
    """Return the entry, and so the cost, that held at a moment; None before the first."""
    table = product_entries
    latest = (
        select(table)
        .where(table.c.product_id == product_id, table.c.valid_from <= at)
        .order_by(table.c.valid_from.desc(), table.c.revision.desc())
        .limit(1)
    )
    return (await connection.execute(latest)).one_or_none()


def matching(text: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether any of the columns contains the text, whatever its case; ``%`` and ``_`` mean themselves."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
