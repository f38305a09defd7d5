"""A customer's exposure by category, each category down to its documents."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, select

from services.credit.api.account_answers import Limit, Money, available
from services.credit.api.accounts import find_account
from services.credit.api.as_of import AS_OF, AsOf
from services.credit.api.common import UNKNOWN, CustomerId, Known, money, money_or_none
from services.credit.queries import accounts as queries
from services.credit.queries import past
from services.credit.queries.past import Category
from services.credit.rules.state import Account
from services.credit.rules.worth import rate_of, worth
from services.credit.tables import credits as credit_table
from services.credit.tables import items, orders
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import OF_CUSTOMER

router = APIRouter(tags=["accounts"])


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
    "/accounts/{customer_id:path}/exposure",
    responses=UNKNOWN,
    summary="Show the exposure by category",
    dependencies=[OF_CUSTOMER],
)
async def read_exposure(
    customer_id: CustomerId, runtime: LiveRuntime, principal: Known, as_of: AsOf = None
) -> ExposureOut:
    """Show the exposure by category: orders approved, goods shipped, open invoices, less money not applied.

    `as_of` gives the same at the end of any past business day, and so do the lists of documents.
    """
    async with runtime.database.engine.connect() as connection:
        # One snapshot, so that the counts belong to the amounts.
        await connection.execution_options(isolation_level="REPEATABLE READ")
        account, day = await find_account(connection, runtime, customer_id, as_of)
        counts = (
            await queries.count_documents(connection, customer_id)
            if as_of is None
            else past.count_documents(account)
        )
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
                href=f"/accounts/{customer_id}/exposure/{category}" + (f"?as_of={as_of}" if as_of else ""),
            )
            for category, amount in amounts.items()
        ],
    )


class DocumentQuery(PageQuery):
    """The list of a category's documents."""

    as_of: date | None = AS_OF


class DocumentOut(BaseModel):
    """One document of a category."""

    kind: Literal["order", "invoice", "payment", "return", "transfer"]
    document_id: str
    counted: Money = Field(description="what it adds to the category")
    counted_currency: str = Field(description="the account's")
    amount: Money = Field(description="the whole document")
    currency: str = Field(description="the document's own")
    exchange_rate: str | None = Field(
        description="by which it counts, of the account's currency per unit of its own; null: it is the account's"
    )
    on: date | None = Field(description="invoices: issued; payments and returns: came in; orders: null")
    placed_at: str | None = Field(None, description="orders only")
    promised_on: date | None = Field(None, description="orders only")
    order_id: str | None = Field(None, description="invoices: the order, if it names one")
    due_on: date | None = Field(None, description="invoices only")
    days_past_due: int | None = Field(None, description="invoices only; negative: days to go")
    overdue: bool | None = Field(None, description="invoices only: past its due day and the grace days")


_SORTS: dict[Category, tuple[dict[str, str], str]] = {
    "open_orders": ({"placed_at": "placed_at", "amount": "open"}, "order_id"),
    "shipped": ({"placed_at": "placed_at", "amount": "shipped"}, "order_id"),
    "invoiced": ({"due_on": "due_on", "amount": "open"}, "invoice_id"),
    "unapplied": ({"received": "seq", "amount": "remaining"}, "credit_id"),
}
"""Per category what it can be sorted by, first what it is sorted by unasked, and the id of its documents."""


def _ordering(category: Category, columns: Any) -> Ordering:
    sorts, unique = _SORTS[category]
    by = {name: columns[column] for name, column in sorts.items()}
    return Ordering(by, unique=columns[unique], default=next(iter(sorts)))


_TABLES = {"open_orders": orders, "shipped": orders, "invoiced": items, "unapplied": credit_table}
_SORTS_TEXT = "; ".join(f"{category}: {', '.join(sorts)}" for category, (sorts, _) in _SORTS.items())


@router.get(
    "/accounts/{customer_id:path}/exposure/{category}",
    responses=UNKNOWN,
    summary="List the documents of a category",
    description=f"List the documents that make up a category of a customer's exposure. Sorts: {_SORTS_TEXT}.",
    dependencies=[OF_CUSTOMER],
)
async def list_documents(
    customer_id: CustomerId,
    category: Annotated[Category, Path()],
    query: Annotated[DocumentQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Known,
) -> Page[DocumentOut]:
    """List the documents that make up a category of a customer's exposure."""
    async with runtime.database.engine.connect() as connection:
        account, day = await find_account(connection, runtime, customer_id, query.as_of)
    statement, columns = _documents(account, category, query.as_of)

    def document(row: Row[Any]) -> DocumentOut:
        if category == "invoiced":
            return _invoice(row, account, day)
        return _credit(row, account) if category == "unapplied" else _order(row, account, category)

    return await read_page(request, response, statement, _ordering(category, columns), query, document)


def _documents(account: Account, category: Category, as_of: date | None) -> tuple[Select[Any], Any]:
    """Return the documents of a category, and the columns to sort them by."""
    customer_id = account.customer_id
    if as_of is not None:
        found = past.documents(account, category)
        unapplied = category == "unapplied"
        return past.with_day(found, customer_id) if unapplied else select(found), found.c
    statements = {
        "open_orders": queries.approved_orders(customer_id).where(orders.c.open > 0),
        "shipped": queries.approved_orders(customer_id).where(orders.c.shipped > 0),
        "invoiced": queries.open_items(customer_id),
        "unapplied": queries.unapplied_credits(customer_id),
    }
    return statements[category], _TABLES[category].c


def _order(row: Row[Any], account: Account, category: Literal["open_orders", "shipped"]) -> DocumentOut:
    shipped = worth(row.shipped, row.factor)
    counted = shipped if category == "shipped" else worth(row.open + row.shipped, row.factor) - shipped
    return DocumentOut(
        kind="order",
        document_id=row.order_id,
        counted=money(counted, account.currency),
        counted_currency=account.currency,
        amount=money(row.amount, row.currency),
        currency=row.currency,
        exchange_rate=rate_of(row.factor, row.currency, account.currency),
        on=None,
        placed_at=row.placed_at,
        promised_on=row.promised_on,
    )


def _own(row: Row[Any], account: Account) -> dict[str, Any]:
    """Return an invoice's or a payment's amount as it is written on it."""
    own = row.own_currency or account.currency
    return {
        "counted_currency": account.currency,
        "amount": money(row.own_amount if row.own_currency else row.amount, own),
        "currency": own,
        "exchange_rate": rate_of(row.factor, own, account.currency),
    }


def _invoice(row: Row[Any], account: Account, day: date) -> DocumentOut:
    return DocumentOut(
        kind="invoice",
        document_id=row.invoice_id,
        counted=money(row.open, account.currency),
        **_own(row, account),
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
        **_own(row, account),
        on=row.day,
    )
