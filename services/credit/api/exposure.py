"""A customer's exposure by category, each category down to its documents."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row

from services.credit.api.account_answers import Limit, Money, available
from services.credit.api.accounts import no_account, today
from services.credit.api.common import UNKNOWN, CustomerId, Known, money, money_or_none
from services.credit.queries import accounts as queries
from services.credit.rules.state import Account
from services.credit.tables import credits as credit_table
from services.credit.tables import items, orders
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page

router = APIRouter(tags=["accounts"])

Category = Literal["open_orders", "shipped", "invoiced", "unapplied"]


class CategoryOut(BaseModel):
    """One category of exposure."""

    category: Category
    amount: Money = Field(description="what it adds to the exposure; unapplied money is negative")
    documents: int
    href: str = Field(description="its documents, in pages")


class ExposureOut(BaseModel):
    """What a customer owes and is about to owe."""

    customer_id: str
    currency: str
    day: date
    exposure: Money = Field(description="the sum of the categories")
    limit_in_force: Limit
    available: Limit
    categories: list[CategoryOut]


@router.get(
    "/accounts/{customer_id:path}/exposure", responses=UNKNOWN, summary="Show the exposure by category"
)
async def read_exposure(customer_id: CustomerId, runtime: LiveRuntime, principal: Known) -> ExposureOut:
    """Show the exposure by category: orders approved, goods shipped, open invoices, less money not applied."""
    async with runtime.database.engine.connect() as connection:
        # One snapshot, so that the counts belong to the amounts.
        await connection.execution_options(isolation_level="REPEATABLE READ")
        found = await queries.read_account(connection, customer_id, today(runtime))
        if found is None:
            raise no_account(customer_id)
        counts = await queries.count_documents(connection, customer_id)
    account, day = found
    currency = account.currency
    amounts: dict[Category, int] = {
        "open_orders": account.open_orders,
        "shipped": account.shipped,
        "invoiced": account.invoiced,
        "unapplied": -account.unapplied,
    }
    return ExposureOut(
        customer_id=customer_id,
        currency=currency,
        day=day,
        exposure=money(account.exposure, currency),
        limit_in_force=money_or_none(account.limit_on(day), currency),
        available=money_or_none(available(account, day), currency),
        categories=[
            CategoryOut(
                category=category,
                amount=money(amount, currency),
                documents=counts[category],
                href=f"/accounts/{customer_id}/exposure/{category}",
            )
            for category, amount in amounts.items()
        ],
    )


class DocumentOut(BaseModel):
    """One document of a category."""

    kind: Literal["order", "invoice", "payment", "return"]
    document_id: str
    counted: Money = Field(description="what it adds to the category")
    amount: Money = Field(description="the whole document")
    currency: str
    on: date | None = Field(description="invoices: issued; payments and returns: came in; orders: null")
    placed_at: str | None = Field(None, description="orders only")
    promised_on: date | None = Field(None, description="orders only")
    order_id: str | None = Field(None, description="invoices: the order, if it names one")
    due_on: date | None = Field(None, description="invoices only")
    days_past_due: int | None = Field(None, description="invoices only; negative: days to go")
    overdue: bool | None = Field(None, description="invoices only: past its due day and the grace days")


_ORDERINGS: dict[Category, Ordering] = {
    "open_orders": Ordering(
        {"placed_at": orders.c.placed_at, "amount": orders.c.open},
        unique=orders.c.order_id,
        default="placed_at",
    ),
    "shipped": Ordering(
        {"placed_at": orders.c.placed_at, "amount": orders.c.shipped},
        unique=orders.c.order_id,
        default="placed_at",
    ),
    "invoiced": Ordering(
        {"due_on": items.c.due_on, "amount": items.c.open}, unique=items.c.invoice_id, default="due_on"
    ),
    "unapplied": Ordering(
        {"received": credit_table.c.seq, "amount": credit_table.c.remaining},
        unique=credit_table.c.credit_id,
        default="received",
    ),
}
_SORTS = "; ".join(f"{category}: {', '.join(o.sorts)}" for category, o in _ORDERINGS.items())


@router.get(
    "/accounts/{customer_id:path}/exposure/{category}",
    responses=UNKNOWN,
    summary="List the documents of a category",
    description=f"List the documents that make up a category of a customer's exposure. Sorts: {_SORTS}.",
)
async def list_documents(
    customer_id: CustomerId,
    category: Annotated[Category, Path()],
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Known,
) -> Page[DocumentOut]:
    """List the documents that make up a category of a customer's exposure."""
    async with runtime.database.engine.connect() as connection:
        found = await queries.read_account(connection, customer_id, today(runtime))
    if found is None:
        raise no_account(customer_id)
    account, day = found
    statements = {
        "open_orders": queries.approved_orders(customer_id).where(orders.c.open > 0),
        "shipped": queries.approved_orders(customer_id).where(orders.c.shipped > 0),
        "invoiced": queries.open_items(customer_id),
        "unapplied": queries.unapplied_credits(customer_id),
    }

    def document(row: Row[Any]) -> DocumentOut:
        if category == "invoiced":
            return _invoice(row, account, day)
        return _credit(row, account) if category == "unapplied" else _order(row, category)

    return await read_page(request, response, statements[category], _ORDERINGS[category], query, document)


def _order(row: Row[Any], category: Literal["open_orders", "shipped"]) -> DocumentOut:
    return DocumentOut(
        kind="order",
        document_id=row.order_id,
        counted=money(row.open if category == "open_orders" else row.shipped, row.currency),
        amount=money(row.amount, row.currency),
        currency=row.currency,
        on=None,
        placed_at=row.placed_at,
        promised_on=row.promised_on,
    )


def _invoice(row: Row[Any], account: Account, day: date) -> DocumentOut:
    return DocumentOut(
        kind="invoice",
        document_id=row.invoice_id,
        counted=money(row.open, account.currency),
        amount=money(row.amount, account.currency),
        currency=account.currency,
        on=row.issued_on,
        order_id=row.order_id,
        due_on=row.due_on,
        days_past_due=(day - row.due_on).days,
        overdue=row.overdue,
    )


def _credit(row: Row[Any], account: Account) -> DocumentOut:
    kind, _, document_id = row.credit_id.partition(":")
    return DocumentOut(
        kind=kind,
        document_id=document_id,
        counted=money(-row.remaining, account.currency),
        amount=money(row.amount, account.currency),
        currency=account.currency,
        on=row.day,
    )
