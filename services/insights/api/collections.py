"""``GET /insights/collections``: the payments, and what was taken back of them, behind what salespeople collected."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, Subquery, select

from contracts.money import decimal_string
from contracts.wire import Currency, Id
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.months import Month, first_day
from services.insights.api.segments import READERS
from services.insights.store import collection_reads as reads
from services.insights.store.reads import Span
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own, View

router = APIRouter(prefix="/insights/collections", tags=["salespeople"], dependencies=READERS)

Kind = Literal["payment", "reversal"]


class CollectionQuery(ListQuery):
    """Which payments and reversals. Salespeople see those of who were their customers on the day, as in the league."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    from_month: Month | None = Field(None, alias="from", description='such as "2026-01"')
    to_month: Month | None = Field(None, alias="to", description="included")
    salesperson: Id | None = Field(None, description="who looked after the customer on the day")
    customer: Id | None = None
    kind: Kind | None = Field(None, description="payment: received; reversal: taken back")

    def found(self, currency: str, view: View) -> tuple[Subquery, list[ColumnElement[bool]]]:
        """Return everything of the months, and which of it is asked for."""
        span = Span(first_day(self.from_month), first_day(self.to_month))
        rows = reads.collected(self.currency or currency, span)
        wanted = (
            *((rows.c.owner_id, owner) for owner in (self.salesperson, view.staff_id)),
            (rows.c.customer_id, self.customer),
            (rows.c.kind, self.kind),
        )
        return rows, [column == value for column, value in wanted if value is not None]


class Collected(BaseModel):
    """A payment on the day it was received, or what was taken back of it on the day of that."""

    day: str
    kind: Kind
    payment_id: str
    customer_id: str
    salesperson_id: str = Field(description='who looked after the customer that day; "": nobody')
    currency: str
    amount: str = Field(description="of a reversal, below 0")


class CollectedSum(BaseModel):
    """What all of them make together."""

    currency: str
    payments: int
    reversals: int
    received: str
    reversed: str
    collected: str = Field(description="received - reversed: what the league says")


def _collected(currency: str, row: Row[object]) -> Collected:
    return Collected(
        day=row.day.isoformat(),
        kind=row.kind,
        payment_id=row.payment_id,
        customer_id=row.customer_id,
        salesperson_id=row.owner_id,
        currency=currency,
        amount=decimal_string(row.amount_minor, currency),
    )


@router.get("", responses=CSV, response_model=Page[Collected])
async def list_collections(
    query: Annotated[CollectionQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[Collected] | Response:
    """Show payments and reversals, the latest first; sort by `day` or `amount`."""
    currency = query.currency or runtime.settings.currency
    found, conditions = query.found(currency, view)
    c = found.c
    ordering = Ordering({"day": c.day, "amount": c.amount_minor}, unique=c.key, default="-day")
    statement = select(found).where(*conditions)
    return await listing(
        *(request, response, runtime, statement, ordering, query, partial(_collected, currency)),
        *(Collected, "collections"),
    )


@router.get("/sum")
async def sum_collections(
    query: Annotated[CollectionQuery, Query()], runtime: LiveRuntime, view: Own
) -> CollectedSum:
    """Show what they make together; pages and sorts mean nothing here."""
    currency = query.currency or runtime.settings.currency
    found, conditions = query.found(currency, view)
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(reads.sums(found, conditions))).one()
    return CollectedSum(
        currency=currency,
        payments=row.payments,
        reversals=row.reversals,
        received=decimal_string(row.received, currency),
        reversed=decimal_string(row.reversed, currency),
        collected=decimal_string(row.received - row.reversed, currency),
    )
