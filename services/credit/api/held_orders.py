"""The queue of finance: orders that are held, and ruling on them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, func

from contracts.events import EventData
from contracts.events.credit import Rule
from contracts.events.terms import OrderRejectionRuled, OrderReleaseRuled
from contracts.wire import Day, Id
from services.credit.api.account_answers import AccountOut, Money, account_out
from services.credit.api.accounts import today
from services.credit.api.common import (
    CONFLICT,
    UNKNOWN,
    WRITES,
    Body,
    FilterAmount,
    Finance,
    MoneyQuery,
    OrderId,
    Reader,
    Why,
    money,
    money_or_none,
)
from services.credit.api.decision_answers import DecisionOut, decision_out
from services.credit.api.four_eyes import ASKED, NeedsSecondError, ask, check_release
from services.credit.api.reasons import ReasonOut, reason_out
from services.credit.api.unheld import unknown_order, what_happened
from services.credit.commands import Refusal, carry_out, person
from services.credit.queries import cases, documents, writing
from services.credit.rules.entries import Decided, decode_entry
from services.credit.rules.state import Account
from services.credit.rules.worth import rate_of, worth
from services.credit.store.ceilings import ceiling_of
from services.credit.tables import cases as case_table
from services.credit.tables import orders
from services.credit.tables_desk import case_owners
from services.kit.database import Connection
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(tags=["held orders"])

ORDERING = Ordering(
    {"placed_at": orders.c.placed_at, "amount": orders.c.amount, "due_on": cases.DUE_OR_NEVER},
    unique=orders.c.order_id,
    default="placed_at",
)


class HeldOrderOut(BaseModel):
    """An order that waits for finance, with every reason."""

    order_id: str
    customer_id: str
    amount: Money
    currency: str
    account_amount: Money = Field(description="what it is worth in the account's currency")
    exchange_rate: str | None = Field(description="null: it is in the account's currency, or carried none")
    placed_at: datetime
    promised_on: date | None
    age_days: int = Field(description="days by the calendar since it was placed")
    reasons: list[ReasonOut] = Field(description="as they were when it was decided")
    account_currency: str
    exposure: Money = Field(description="of the customer then, without this order")
    limit: str | None = Field(description="in force then; null: unlimited, 0: none")
    version: int = Field(description="of the decision")
    held_at: datetime = Field(description="time of the event that the decision answers")
    due_on: date | None = Field(
        description="the last day for a ruling; the day after it escalates. null: none"
    )
    escalated: int = Field(description="how often it escalated; 0: never")
    owner: str | None = Field(description="who works on it; null: nobody")
    owned_since: datetime | None
    approval_id: str | None = Field(description="its release waits for a second person")


class HeldQuery(MoneyQuery):
    """Filters of the queue; all given ones must hold."""

    customer: Id | None = None
    rule: Rule | None = Field(None, description=f"that fails this rule: {', '.join(get_args(Rule))}")
    min_amount: FilterAmount = None
    min_age_days: int | None = Field(None, ge=0, le=100_000)
    owner: Id | None = Field(None, description="that this person works on")
    unclaimed: bool | None = Field(None, description="that nobody works on; false: somebody does")
    escalated: bool | None = Field(None, description="that nobody ruled on in time")
    due_before: Day | None = Field(None, description="whose deadline is before this day")


class RulingIn(Body):
    """Why the order is released or rejected."""

    reason: Why


class RulingOut(BaseModel):
    """A ruling: the decision now in force, and the account with it."""

    decision: DecisionOut
    account: AccountOut


@router.get("/held-orders", summary="List held orders", dependencies=[COMPANY])
async def list_held_orders(
    query: Annotated[HeldQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[HeldOrderOut]:
    """List the orders that wait for finance, oldest first, each with all its reasons in words and numbers.

    Sort by `placed_at`, `amount` or `due_on`, with - for downwards. An order leaves the queue by itself when a payment,
    a higher limit, a cancelled order or a lifted hold makes it pass.
    """
    day, zone = today(runtime), runtime.settings.zone
    statement = _of_desk(cases.with_cases(documents.select_held(day, zone)), query)
    if query.customer is not None:
        statement = statement.where(orders.c.customer_id == query.customer)
    if query.rule is not None:
        statement = statement.where(documents.fails(query.rule))
    smallest = query.minor(query.min_amount, "min_amount", runtime)
    if smallest is not None:
        statement = statement.where(orders.c.amount >= smallest)
    if (currency := query.in_currency(runtime, smallest)) is not None:
        statement = statement.where(orders.c.currency == currency)
    if query.min_age_days is not None:
        statement = statement.where(documents.age_days(day, zone) >= query.min_age_days)
    file = ("held-orders", HeldOrderOut)
    return await read_page(request, response, statement, ORDERING, query, _held, file=file)


async def find_held(runtime: Runtime, order_id: str) -> HeldOrderOut | None:
    """Return a held order as the list shows it; None: it is not held (any more)."""
    statement = cases.with_cases(documents.select_held(today(runtime), runtime.settings.zone))
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(statement.where(orders.c.order_id == order_id))).one_or_none()
    return None if row is None else _held(row)


def _of_desk(statement: Select[Any], query: HeldQuery) -> Select[Any]:
    if query.owner is not None:
        statement = statement.where(case_owners.c.owner == query.owner)
    if query.unclaimed is not None:
        nobody = case_owners.c.owner.is_(None)
        statement = statement.where(nobody if query.unclaimed else ~nobody)
    if query.escalated is not None:
        level = func.coalesce(case_table.c.level, 0)
        statement = statement.where(level > 0 if query.escalated else level == 0)
    if query.due_before is not None:
        statement = statement.where(case_table.c.due_on < query.due_before)
    return statement


def _held(row: Row[Any]) -> HeldOrderOut:
    entry = decode_entry(row.body)
    assert isinstance(entry, Decided)
    currency = row.account_currency
    return HeldOrderOut(
        order_id=row.order_id,
        customer_id=row.customer_id,
        amount=money(row.amount, row.currency),
        currency=row.currency,
        account_amount=money(worth(row.amount, row.factor), currency if row.factor else row.currency),
        exchange_rate=rate_of(row.factor, row.currency, currency),
        placed_at=datetime.fromisoformat(row.placed_at),
        promised_on=row.promised_on,
        age_days=row.age_days,
        reasons=[reason_out(reason, currency) for reason in entry.reasons],
        account_currency=currency,
        exposure=money(entry.exposure, currency),
        limit=money_or_none(entry.limit, currency),
        version=row.version,
        held_at=datetime.fromisoformat(entry.at),
        due_on=row.due_on,
        escalated=row.level,
        owner=row.owner,
        owned_since=row.since,
        approval_id=row.approval_id,
    )


@router.post(
    "/held-orders/{order_id:path}/release",
    response_model=RulingOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN | ASKED,
    summary="Release a held order",
)
async def release_order(
    order_id: OrderId, body: RulingIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Release a held order although it fails a rule. Published as `terms.order_release_ruled`.

    409 when it is no longer held: it was released, rejected or cancelled meanwhile, and the problem says by whom. An
    order of a blacklisted customer cannot be released.

    Above your ceiling it becomes a request that a second person approves or refuses: 202, and published as
    `credit.approval_requested`.
    """
    return await _rule(OrderReleaseRuled, order_id, body, request, runtime, principal)


@router.post(
    "/held-orders/{order_id:path}/rejection",
    response_model=RulingOut,
    dependencies=[COMPANY, *WRITES],
    responses=CONFLICT | UNKNOWN,
    summary="Reject a held order",
)
async def reject_order(
    order_id: OrderId, body: RulingIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Reject a held order. Published as `terms.order_rejection_ruled`. 409 when it is no longer held."""
    return await _rule(OrderRejectionRuled, order_id, body, request, runtime, principal)


async def _rule(
    ruling: type[OrderReleaseRuled | OrderRejectionRuled],
    order_id: str,
    body: RulingIn,
    request: Request,
    runtime: Runtime,
    principal: Principal,
) -> Response:
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        owner = await writing.order_owner(connection, order_id)
        if owner is None:
            raise unknown_order(order_id)
        customer_id, decision_seq = owner
        data: EventData = ruling(
            customer_id=customer_id, order_id=order_id, reason=body.reason, by=person(principal)
        )
        currency = await connection.fetchval(_MEASURED_IN, order_id)
        check = await _check(connection, ruling, order_id, principal, currency)
        try:
            applied = await carry_out(
                runtime, call.unit, data, after_entry=decision_seq, in_path=("order_id",), check=check
            )
        except NeedsSecondError as needed:
            order = needed.order
            assert order is not None
            asked = await ask(
                call.unit,
                principal,
                "release",
                customer_id,
                order=order,
                currency=currency,
                amount=order.amount_worth,
                reason=body.reason,
                at=runtime.clock.now(),
            )
            return call.answer(202, asked)
        except Refusal as refusal:
            refusal.detail += await what_happened(connection, order_id)
            raise
        [decided] = applied.decisions
        ruled = RulingOut(
            decision=decision_out(decided, applied.account.currency, released=decided.outcome == "approved"),
            account=account_out(applied.account, applied.received.day),
        )
        answer = call.answer(200, ruled)
    applied.committed()
    return answer


# An order with an exchange rate counts for what it is worth in the account's currency, for a ceiling too.
_MEASURED_IN = """SELECT CASE WHEN o.factor = '' THEN o.currency ELSE a.currency END
FROM orders o JOIN accounts a USING (customer_id) WHERE o.order_id = $1"""


async def _check(
    connection: Connection,
    ruling: type[OrderReleaseRuled | OrderRejectionRuled],
    order_id: str,
    principal: Principal,
    currency: str,
) -> Callable[[Account, date], None] | None:
    """Return what to check before a ruling: a release must be within the person's ceiling."""
    if ruling is not OrderReleaseRuled:
        return None
    ceiling = await ceiling_of(connection, principal, currency)
    return lambda account, _: check_release(account, order_id, ceiling)
