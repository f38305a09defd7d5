"""The queue of finance: orders that are held, and ruling on them."""

from datetime import date, datetime
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.events import EventData
from contracts.events.credit import Rule
from contracts.events.terms import OrderRejectionRuled, OrderReleaseRuled
from contracts.wire import Id
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
from services.credit.api.reasons import ReasonOut, reason_out
from services.credit.commands import Refusal, carry_out, person
from services.credit.queries import documents, writing
from services.credit.rules.entries import Decided, decode_entry
from services.credit.tables import orders
from services.kit.database import Connection
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

router = APIRouter(tags=["held orders"])

ORDERING = Ordering(
    {"placed_at": orders.c.placed_at, "amount": orders.c.amount},
    unique=orders.c.order_id,
    default="placed_at",
)


class HeldOrderOut(BaseModel):
    """An order that waits for finance, with every reason."""

    order_id: str
    customer_id: str
    amount: Money
    currency: str
    placed_at: datetime
    promised_on: date | None
    age_days: int = Field(description="days by the calendar since it was placed")
    reasons: list[ReasonOut] = Field(description="as they were when it was decided")
    account_currency: str
    exposure: Money = Field(description="of the customer then, without this order")
    limit: str | None = Field(description="in force then; null: unlimited, 0: none")
    version: int = Field(description="of the decision")
    held_at: datetime = Field(description="time of the event that the decision answers")


class HeldQuery(MoneyQuery):
    """Filters of the queue; all given ones must hold."""

    customer: Id | None = None
    rule: Rule | None = Field(None, description=f"that fails this rule: {', '.join(get_args(Rule))}")
    min_amount: FilterAmount = None
    min_age_days: int | None = Field(None, ge=0, le=100_000)


class RulingIn(Body):
    """Why the order is released or rejected."""

    reason: Why


class RulingOut(BaseModel):
    """A ruling: the decision now in force, and the account with it."""

    decision: DecisionOut
    account: AccountOut


@router.get("/held-orders", summary="List held orders")
async def list_held_orders(
    query: Annotated[HeldQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[HeldOrderOut]:
    """List the orders that wait for finance, oldest first, each with all its reasons in words and numbers.

    Sort by `placed_at` or `amount`, with - for downwards. An order leaves the queue by itself when a payment, a higher
    limit, a cancelled order or a lifted hold makes it pass.
    """
    day, zone = today(runtime), runtime.settings.zone
    statement = documents.select_held(day, zone)
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
    return await read_page(request, response, statement, ORDERING, query, _held)


def _held(row: Row[Any]) -> HeldOrderOut:
    entry = decode_entry(row.body)
    assert isinstance(entry, Decided)
    currency = row.account_currency
    return HeldOrderOut(
        order_id=row.order_id,
        customer_id=row.customer_id,
        amount=money(row.amount, row.currency),
        currency=row.currency,
        placed_at=datetime.fromisoformat(row.placed_at),
        promised_on=row.promised_on,
        age_days=row.age_days,
        reasons=[reason_out(reason, currency) for reason in entry.reasons],
        account_currency=currency,
        exposure=money(entry.exposure, currency),
        limit=money_or_none(entry.limit, currency),
        version=row.version,
        held_at=datetime.fromisoformat(entry.at),
    )


@router.post(
    "/held-orders/{order_id:path}/release",
    response_model=RulingOut,
    dependencies=WRITES,
    responses=CONFLICT | UNKNOWN,
    summary="Release a held order",
)
async def release_order(
    order_id: OrderId, body: RulingIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Release a held order although it fails a rule. Published as `terms.order_release_ruled`.

    409 when it is no longer held: it was released, rejected or cancelled meanwhile, and the problem says by whom. An
    order of a blacklisted customer cannot be released.
    """
    return await _rule(OrderReleaseRuled, order_id, body, request, runtime, principal)


@router.post(
    "/held-orders/{order_id:path}/rejection",
    response_model=RulingOut,
    dependencies=WRITES,
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
            raise Problem(404, f"order {order_id!r} is not known", errors=[("path.order_id", "is not known")])
        customer_id, decision_seq = owner
        data: EventData = ruling(
            customer_id=customer_id, order_id=order_id, reason=body.reason, by=person(principal)
        )
        try:
            applied = await carry_out(
                runtime, call.unit, data, after_entry=decision_seq, in_path=("order_id",)
            )
        except Refusal as refusal:
            refusal.detail += await _what_happened(connection, order_id)
            raise
        [decided] = applied.decisions
        ruled = RulingOut(
            decision=decision_out(decided, applied.account.currency, released=decided.outcome == "approved"),
            account=account_out(applied.account, applied.received.day),
        )
        answer = call.answer(200, ruled)
    applied.committed()
    return answer


async def _what_happened(connection: Connection, order_id: str) -> str:
    """Return who took the decision in force, for the one who came second."""
    entry = await writing.effective_decision(connection, order_id)
    if not isinstance(entry, Decided):
        return ""
    who = f" by {entry.by}" if entry.by is not None else ""
    why = f" ({entry.trigger})" if entry.trigger else ""
    return f"; decision {entry.version}: {entry.outcome}{who} at {entry.at}{why}"
