"""``GET /insights/margins``: by customer, product, salesperson or month, and down to documents and their lines."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.money import decimal_string, quantity_string
from contracts.wire import Currency, Id, Text
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.months import Month, first_day
from services.insights.api.segments import READERS
from services.insights.store import margin_reads as reads
from services.insights.store.reads import Span, Who
from services.insights.store.segment_reads import known
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, Own, View

router = APIRouter(prefix="/insights/margins", tags=["margins"], dependencies=READERS)

MOST_COMPARED = 50
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "No such document counts"}}


class ScopeQuery(ListQuery):
    """What to look at; region, category and business form are those of the customers today."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    from_month: Month | None = Field(None, alias="from", description='such as "2026-01"')
    to_month: Month | None = Field(None, alias="to", description="included")
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    salesperson: Id | None = Field(None, description="who looked after the customer on the day")
    seller: Id | None = Field(None, description="who took the order")
    customer: list[Id] = Field([], max_length=MOST_COMPARED, description="repeat it to compare several")
    product: Id | None = None

    def scope(self, currency: str, view: View) -> reads.Scope:
        """Return what was asked for, of those customers that the caller sees."""
        return reads.Scope(
            self.currency or currency,
            Span(first_day(self.from_month), first_day(self.to_month)),
            Who(self.region, self.category, self.business_form, self.salesperson, self.seller),
            tuple(self.customer),
            self.product,
            None if view.everything else view.of,
        )


class PaperQuery(ScopeQuery):
    """Which documents."""

    kind: Literal["order", "return"] | None = Field(None, description="orders only, or returns only")


class MarginQuery(ScopeQuery):
    """By what to sum: by month, it is the trend of whoever or whatever is asked for."""

    by: reads.By = "customer"


class _Money(BaseModel):
    currency: str
    amount: str
    costed_amount: str = Field(description="of the lines whose cost is known, less returns")
    cost: str = Field(description="of those lines, as of the sale, less returns")
    profit: str | None = Field(description="costed_amount - cost; null: no cost is known")
    margin_percent: float | None = Field(
        description="profit of 100 of costed_amount; null: no cost is known, or returns left no sales"
    )


class Margin(_Money):
    """The margin of one customer, product, salesperson, seller or month."""

    key: str = Field(description='an id, or a month such as "2026-03"; "": nobody')
    name: str
    orders: int = Field(description="orders that count; of a product: those it stands on")
    returned_amount: str


class DocumentMargin(_Money):
    """The margin of an order that counts, or what a return took back, which is negative."""

    customer_id: str
    kind: Literal["order", "return"]
    document_id: str
    day: str
    salesperson_id: str = Field(description='who looked after the customer that day; "": nobody')
    seller_id: str


class LineMargin(BaseModel):
    """What a product on a document was sold (or taken back) for, and what it cost as of the sale."""

    product_id: str
    quantity: str
    amount: str
    cost: str | None = Field(description="null: not known; the line is in no profit")
    profit: str | None


def _money(row: Row[Any], currency: str) -> dict[str, Any]:
    return {
        "currency": currency,
        "amount": decimal_string(row.amount_minor, currency),
        "costed_amount": decimal_string(row.costed, currency),
        "cost": decimal_string(row.cost, currency),
        "profit": None if row.profit is None else decimal_string(row.profit, currency),
        "margin_percent": None if row.rate is None else row.rate / 100,
    }


def _margin(currency: str, row: Row[Any]) -> Margin:
    returned = decimal_string(row.returned_minor, currency)
    return Margin(
        **_money(row, currency), key=row.key, name=row.name, orders=row.orders, returned_amount=returned
    )


def _document(currency: str, row: Row[Any]) -> DocumentMargin:
    return DocumentMargin(
        **_money(row, currency),
        customer_id=row.customer_id,
        kind=row.kind,
        document_id=row.document_id,
        day=row.day.isoformat(),
        salesperson_id=row.owner_id,
        seller_id=row.seller_id,
    )


@router.get("", responses=CSV, response_model=Page[Margin])
async def list_margins(
    query: Annotated[MarginQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[Margin] | Response:
    """Show margins, the greatest profit first, or along the months, the first one first."""
    of_product = query.by == "product" or query.product is not None
    of_people = query.by in ("salesperson", "seller") or query.salesperson or query.seller
    if of_product and of_people:
        raise Problem(
            422,
            "margins of products are not split by salesperson",
            errors=[("query.by", "products cannot be asked for together with salesperson or seller")],
        )
    scope = query.scope(runtime.settings.currency, view)
    found = reads.margins(scope, query.by)
    sorts = {"profit": known(found.c.profit), "margin": known(found.c.rate), "cost": found.c.cost}
    sorts |= {"amount": found.c.amount_minor, "orders": found.c.orders, "key": found.c.key}
    ordering = Ordering(sorts, unique=found.c.key, default="key" if query.by == "month" else "-profit")
    item: Callable[[Row[Any]], Margin] = partial(_margin, scope.currency)
    return await listing(
        *(request, response, runtime, select(found), ordering, query, item, Margin, f"margins-by-{query.by}")
    )


@router.get("/documents", responses=CSV, response_model=Page[DocumentMargin])
async def list_documents(
    query: Annotated[PaperQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[DocumentMargin] | Response:
    """Show the orders and returns behind margins, the least profit first; unknown ones stand before them.

    With `product`, what is said of each is that of its line of the product.
    """
    scope = query.scope(runtime.settings.currency, view)
    found = reads.documents(scope)
    sorts = {"profit": known(found.c.profit), "margin": known(found.c.rate)}
    sorts |= {"amount": found.c.amount_minor, "day": found.c.day}
    ordering = Ordering(sorts, unique=found.c.key, default="profit")
    item: Callable[[Row[Any]], DocumentMargin] = partial(_document, scope.currency)
    return await listing(
        *(
            request,
            response,
            runtime,
            select(found) if query.kind is None else select(found).where(found.c.kind == query.kind),
            ordering,
            query,
            item,
            DocumentMargin,
            "margin-documents",
        )
    )


@router.get("/customers/{customer_id}/{kind}/{document_id}", responses=UNKNOWN, dependencies=[OF_CUSTOMER])
async def show_document(
    customer_id: Id, kind: Literal["order", "return"], document_id: Id, runtime: LiveRuntime
) -> list[LineMargin]:
    """Show the lines that count of an order or return: a document's profit is the sum of those known."""
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(reads.lines_of(customer_id, kind, document_id))).all()
    if not rows:
        raise Problem(404, f"no lines count of {kind} {document_id!r} of customer {customer_id!r}")
    return [
        LineMargin(
            product_id=row.product_id,
            quantity=quantity_string(row.quantity_milli),
            amount=decimal_string(row.amount_minor, row.currency),
            cost=None if row.cost_minor is None else decimal_string(row.cost_minor, row.currency),
            profit=None
            if row.cost_minor is None
            else decimal_string(row.amount_minor - row.cost_minor, row.currency),
        )
        for row in rows
    ]
