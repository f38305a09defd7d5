"""Accounts: all of them by filters, one with its terms, balances and standing, and its journal."""

import json
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, and_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.credit.api.account_answers import AccountOut, account_out
from services.credit.api.as_of import AsOf, not_yet, require_reached
from services.credit.api.common import UNKNOWN, CustomerId, FilterAmount, Known, MoneyQuery, Reader
from services.credit.queries import accounts as queries
from services.credit.queries.history import opened_on
from services.credit.queries.past import read_past_account
from services.credit.rules.state import GENESIS, Account
from services.credit.tables import accounts, journal
from services.kit.batch import business_day
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, OF_CUSTOMER
from services.kit.runtime import Runtime

router = APIRouter(tags=["accounts"])

ORDERING = Ordering(
    {
        "customer_id": accounts.c.customer_id,
        "exposure": queries.EXPOSURE,
        "overdue_amount": accounts.c.overdue_amount,
        "oldest_overdue": queries.OLDEST_OVERDUE,
        "held_amount": accounts.c.held_amount,
        "last_trade": queries.LAST_TRADE_OR_NEVER,
    },
    unique=accounts.c.customer_id,
    default="customer_id",
)
JOURNAL_ORDERING = Ordering({"seq": journal.c.seq}, unique=journal.c.seq, default="seq")


def today(runtime: Runtime) -> date:
    """Return today's business day, for accounts whose partition has reached none yet."""
    return business_day(runtime.clock.now(), runtime.settings.zone)


def no_account(customer_id: str, field: str = "path.customer_id") -> Problem:
    """Return the problem of an account that does not exist."""
    return Problem(
        404,
        f"customer {customer_id!r} has no account: no terms were set and no order or payment came yet, "
        "so only orders paid in advance or in cash would pass",
        errors=[(field, "has no account")],
    )


class AccountQuery(MoneyQuery):
    """Filters of the list of accounts; all given ones must hold."""

    blacklisted: bool | None = None
    on_hold: bool | None = Field(None, description="held by hand")
    over_limit: bool | None = Field(None, description="exposure above the limit in force")
    with_held_orders: bool | None = None
    overdue_over: FilterAmount = Field(None, description="more than this is overdue")
    overdue_days_over: int | None = Field(
        None,
        ge=0,
        le=100_000,
        description="the oldest overdue invoice is more days than this past its due day",
    )
    days_since_trade_over: int | None = Field(
        None,
        ge=0,
        le=100_000,
        description="more days than this without an order, an invoice or a payment; who never traded is left out",
    )


@router.get("/accounts", summary="List accounts", dependencies=[COMPANY])
async def list_accounts(
    query: Annotated[AccountQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[AccountOut]:
    """List accounts with terms, balances and standing.

    Sort by `customer_id`, `exposure`, `overdue_amount`, `oldest_overdue`, `held_amount` or `last_trade` (who
    never traded first), with - for downwards.
    Who owes most: `?sort=-exposure`; who is over the limit: `?over_limit=true`; whom to call:
    `?overdue_over=0&sort=oldest_overdue`; who has gone quiet: `?days_since_trade_over=60&sort=last_trade`.
    """
    day = today(runtime)
    statement = _filtered(queries.select_accounts(day), query, runtime, day)
    return await read_page(request, response, statement, ORDERING, query, _account)


def _account(row: Row[Any]) -> AccountOut:
    return account_out(*queries.account_of(row))


def _filtered(statement: Select[Any], query: AccountQuery, runtime: Runtime, day: date) -> Select[Any]:
    overdue = query.minor(query.overdue_over, "overdue_over", runtime)
    limit = queries.limit_in_force(day)
    conditions = (
        (accounts.c.blacklist.is_not(None), query.blacklisted),
        (accounts.c.hold.is_not(None), query.on_hold),
        (and_(limit.is_not(None), limit < queries.EXPOSURE), query.over_limit),
        (accounts.c.held_orders > 0, query.with_held_orders),
    )
    for condition, wanted in conditions:
        if wanted is not None:
            statement = statement.where(condition if wanted else ~condition)
    if (currency := query.in_currency(runtime, overdue)) is not None:
        statement = statement.where(accounts.c.currency == currency)
    if overdue is not None:
        statement = statement.where(accounts.c.overdue_amount > overdue)
    if query.overdue_days_over is not None:
        statement = statement.where(queries.overdue_days(day) > query.overdue_days_over)
    if query.days_since_trade_over is not None:
        statement = statement.where(queries.days_since_trade(day) > query.days_since_trade_over)
    return statement


class JournalEntryOut(BaseModel):
    """One journal entry: what happened, with its effect spelled out."""

    seq: int
    kind: str = Field(examples=["decision"])
    day: date = Field(description="the business day it was applied on")
    entry: dict[str, Any] = Field(description="the entry, parsed; money in minor units")
    body: str = Field(description="the entry as it is hashed, byte for byte")
    previous_hash: str
    hash: str = Field(description="sha256 over the previous hash (32 bytes) and the body (UTF-8)")


@router.get(
    "/accounts/{customer_id:path}/journal",
    responses=UNKNOWN,
    summary="Read the journal",
    dependencies=[COMPANY],
)
async def read_journal(
    customer_id: CustomerId,
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[JournalEntryOut]:
    """Read a customer's journal: append-only, numbered 1, 2, 3 ... and hash-chained.

    Anybody can check the chain: the first `previous_hash` is 32 zero bytes, and each `hash` is
    `sha256(previous_hash + body)`. Folding the entries from zero gives the account. `sort=-seq` for the latest first.
    """
    statement = queries.journal_entries(customer_id)
    page = await read_page(request, response, statement, JOURNAL_ORDERING, query, _entry)
    if not page.items and query.cursor is None:
        async with runtime.database.engine.connect() as connection:
            await find_account(connection, runtime, customer_id, None)
    return page


def _entry(row: Row[Any]) -> JournalEntryOut:
    return JournalEntryOut(
        seq=row.seq,
        kind=row.kind,
        day=row.day,
        entry=json.loads(row.body),
        body=row.body,
        previous_hash=(row.previous_hash or GENESIS).hex(),
        hash=row.hash.hex(),
    )


async def find_account(
    connection: AsyncConnection, runtime: Runtime, customer_id: str, as_of: date | None
) -> tuple[Account, date]:
    """Return an account and the business day it stands at: with all its documents at the end of ``as_of``.

    Raises:
        Problem: 404 when there is, or was, no account; 422 for a day that has not begun.
    """
    found = await queries.read_account(connection, customer_id, today(runtime))
    if found is None:
        raise no_account(customer_id)
    if as_of is None:
        return found
    require_reached(as_of, found[1])
    account = await read_past_account(connection, customer_id, found[0].currency, as_of)
    if account is None:
        raise not_yet(customer_id, as_of, await opened_on(connection, customer_id))
    return account, as_of


@router.get(
    "/accounts/{customer_id:path}", responses=UNKNOWN, summary="Show an account", dependencies=[OF_CUSTOMER]
)
async def read_account(
    customer_id: CustomerId, runtime: LiveRuntime, principal: Known, as_of: AsOf = None
) -> AccountOut:
    """Show an account: its terms, its balances by category of exposure, and its standing.

    `as_of` gives it as it stood at the end of any past business day, folded from the journal up to that day.
    """
    async with runtime.database.engine.connect() as connection:
        return account_out(*await find_account(connection, runtime, customer_id, as_of))
