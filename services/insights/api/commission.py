"""``/insights/commission``: statements per salesperson and month, and the entries with the documents behind them."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import BigInteger, ColumnElement, Row, Text, cast, func, select

from contracts.money import decimal_string
from contracts.wire import Currency, Id
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.months import Month, first_day
from services.insights.api.segments import READERS
from services.insights.rules.numbers import margin_text
from services.insights.tables_commission import commission_entries
from services.insights.tables_dormancy import salespeople
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own, View

router = APIRouter(prefix="/insights/commission", tags=["commission"], dependencies=READERS)

Cause = Literal["payment", "reversal", "return", "write_off", "invoice"]
E = commission_entries.c


class StatementQuery(ListQuery):
    """Which statements. Salespeople see their own."""

    currency: Currency | None = Field(None, description="the company's own if left out; never added up")
    from_month: Month | None = Field(None, alias="from", description='such as "2026-01"')
    to_month: Month | None = Field(None, alias="to", description="included")
    salesperson: Id | None = None


class EntryQuery(StatementQuery):
    """Which entries."""

    customer: Id | None = None
    invoice: Id | None = None
    cause: Cause | None = None
    tier: str | None = Field(None, max_length=50)


class Statement(BaseModel):
    """What a salesperson earned in a month: the sum of the entries of the month."""

    salesperson_id: str
    name: str | None = Field(description="null: nobody has entered this salesperson")
    month: str
    currency: str
    collected: str = Field(description="of the lines sold, without taxes, less what was taken back")
    commission: str = Field(description="earned - clawed_back")
    earned: str
    clawed_back: str = Field(description="for returns, bounced payments and corrections")
    entries: int


class TierSum(BaseModel):
    """What the entries of one tier make together."""

    tier: str
    currency: str
    collected: str = Field(description="as of statements")
    commission: str = Field(description="earned - clawed_back")
    earned: str
    clawed_back: str
    entries: int


class CommissionEntry(BaseModel):
    """What one document earned, or took back, of one invoice in one tier. Entries are written once."""

    entry: int
    salesperson_id: str
    month: str
    customer_id: str
    invoice_id: str
    cause: Cause = Field(description="invoice: money in hand paid it when it came")
    cause_id: str = Field(description="the payment, return, write-off or invoice; of a reversal the payment")
    tier: str
    rate_percent: str = Field(description="as of the sale")
    base: str = Field(description="collected of the lines of the tier, this salesperson's part")
    amount: str
    currency: str
    noted_at: datetime


def _conditions(query: StatementQuery, currency: str, view: View) -> list[ColumnElement[bool]]:
    found = [E.currency == (query.currency or currency)]
    first, last = first_day(query.from_month), first_day(query.to_month)
    found += [] if first is None else [E.month >= first]
    found += [] if last is None else [E.month <= last]
    found += [] if query.salesperson is None else [E.salesperson_id == query.salesperson]
    return [*found] if view.staff_id is None else [*found, E.salesperson_id == view.staff_id]


def _statement(currency: str, row: Row[Any]) -> Statement:
    return Statement(
        salesperson_id=row.salesperson_id,
        name=row.name,
        month=f"{row.month:%Y-%m}",
        **_amounts(currency, row),
    )


def _amounts(currency: str, row: Row[Any]) -> dict[str, Any]:
    """Return what :func:`_sums` has summed, as callers get it."""

    def money(minor: int) -> str:
        return decimal_string(minor, currency)

    return {
        "currency": currency,
        "collected": money(row.base),
        "commission": money(row.amount),
        "earned": money(row.earned),
        "clawed_back": money(row.earned - row.amount),
        "entries": row.entries,
    }


def _tier(currency: str, row: Row[Any]) -> TierSum:
    return TierSum(tier=row.tier, **_amounts(currency, row))


def _sums() -> list[ColumnElement[Any]]:
    def total(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
        # The sum of bigint is numeric, of which nothing here needs the range.
        return cast(func.coalesce(column, 0), BigInteger).label(name)

    return [
        func.count().label("entries"),
        total(func.sum(E.base_minor), "base"),
        total(func.sum(E.amount_minor), "amount"),
        total(func.sum(E.amount_minor).filter(E.amount_minor > 0), "earned"),
    ]


def _entry(row: Row[Any]) -> CommissionEntry:
    return CommissionEntry(
        entry=row.id,
        month=f"{row.month:%Y-%m}",
        rate_percent=margin_text(row.rate_ppm),
        base=decimal_string(row.base_minor, row.currency),
        amount=decimal_string(row.amount_minor, row.currency),
        **{n: getattr(row, n) for n in ("salesperson_id", "customer_id", "invoice_id", "cause", "cause_id")},
        **{n: getattr(row, n) for n in ("tier", "currency", "noted_at")},
    )


@router.get("/statements", responses=CSV, response_model=Page[Statement])
async def list_statements(
    query: Annotated[StatementQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[Statement] | Response:
    """Show what salespeople earned per month, the latest first. A month's statement is the sum of its entries."""
    currency = query.currency or runtime.settings.currency
    sums = (
        select(E.salesperson_id, E.month, *_sums())
        .where(*_conditions(query, runtime.settings.currency, view))
        .group_by(E.salesperson_id, E.month)
        .subquery()
    )
    c, name = sums.c, salespeople.c.name
    found = (
        select(*c, name, cast(func.concat(c.salesperson_id, " ", c.month), Text).label("key"))
        .outerjoin(salespeople, salespeople.c.salesperson_id == c.salesperson_id)
        .subquery()
    )
    sorts = {"month": found.c.month, "commission": found.c.amount, "salesperson": found.c.salesperson_id}
    ordering = Ordering(sorts, unique=found.c.key, default="-month")
    return await listing(
        *(request, response, runtime, select(found), ordering, query, partial(_statement, currency)),
        *(Statement, "commission-statements"),
    )


@router.get("/tiers", responses=CSV, response_model=Page[TierSum])
async def list_tiers(
    query: Annotated[StatementQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[TierSum] | Response:
    """Show what each margin tier earned, the greatest commission first: the same entries as of the statements."""
    currency = query.currency or runtime.settings.currency
    conditions = _conditions(query, runtime.settings.currency, view)
    found = select(E.tier, *_sums()).where(*conditions).group_by(E.tier).subquery()
    sorts = {"commission": found.c.amount, "tier": found.c.tier}
    ordering = Ordering(sorts, unique=found.c.tier, default="-commission")
    return await listing(
        *(request, response, runtime, select(found), ordering, query, partial(_tier, currency)),
        *(TierSum, "commission-tiers"),
    )


@router.get("/entries", responses=CSV, response_model=Page[CommissionEntry])
async def list_entries(
    query: Annotated[EntryQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[CommissionEntry] | Response:
    """Show the entries behind statements, the latest first: each with its invoice, its cause, tier and rate."""
    conditions = _conditions(query, runtime.settings.currency, view)
    asked: list[tuple[ColumnElement[str], str | None]] = [
        (E.customer_id, query.customer),
        (E.invoice_id, query.invoice),
        (E.cause, query.cause),
        (E.tier, query.tier),
    ]
    conditions += [column == value for column, value in asked if value is not None]
    statement = select(commission_entries).where(*conditions)
    ordering = Ordering({"entry": E.id, "amount": E.amount_minor}, unique=E.id, default="-entry")
    return await listing(
        *(request, response, runtime, statement, ordering, query, _entry),
        *(CommissionEntry, "commission-entries"),
    )
