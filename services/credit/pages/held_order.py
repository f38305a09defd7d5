"""One held order: why, how the account stands, what would pass, what happened; afterwards what became of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from contracts.money import decimal_string, minor_units
from services.credit.api.account_answers import AccountOut
from services.credit.api.accounts import read_account
from services.credit.api.approval_answers import ApprovalOut, approval_out
from services.credit.api.cases import HistoryOut, read_history
from services.credit.api.common import OrderId, Reader
from services.credit.api.company import DryRunIn, DryRunOut, dry_run
from services.credit.api.decisions import DecisionsOut, read_decision
from services.credit.api.held_orders import HeldOrderOut, find_held
from services.credit.api.reasons import ReasonOut
from services.credit.commands import person
from services.credit.pages.common import console, in_words
from services.credit.pages.held import PAGE
from services.credit.tables_desk import approvals
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import COMPANY, view_of
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.figures import Bar, Slice
from services.kit.web.formats import Formats
from services.kit.web.navigation import may_open

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[COMPANY])

RULERS = ("finance", "manager")
SLIDER_REACH = 200
"""The slider goes to so many percent of the order's own amount."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """Everything the page shows of an order as it is now.

    Attributes:
        held: None: it is not held (any more).
        approval: its release waits for a second person.
        mine: whether the reader works on it; ``asked``: whether the reader asked for the second person.
    """

    order_id: str
    decisions: DecisionsOut
    account: AccountOut
    history: HistoryOut
    held: HeldOrderOut | None
    approval: ApprovalOut | None
    reasons: list[tuple[ReasonOut, str]]
    bar: Bar
    may_rule: bool
    mine: bool
    asked: bool


@router.get("/held/order/{order_id:path}")
async def order_page(
    order_id: OrderId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The page of one order."""
    state = await read_state(order_id, request, runtime, principal)
    return console.page(
        request,
        principal,
        "held/order.html",
        nav="held",
        live=("credit.held",),
        state=state,
        back=PAGE,
        slider=SLIDER_REACH if state.held is not None else 0,
    )


@router.get("/held/state/{order_id:path}")
async def order_state(
    order_id: OrderId, request: Request, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The part of it that changes."""
    state = await read_state(order_id, request, runtime, principal)
    return console.fragment(request, principal, "held/state.html", state=state)


@router.get("/held/what-if/{order_id:path}")
async def what_if(
    order_id: OrderId,
    percent: Annotated[int, Query(ge=1, le=SLIDER_REACH)],
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
) -> HTMLResponse:
    """What would become of the order with another amount."""
    decisions = await read_decision(order_id, runtime, principal)
    order, currency = decisions.order, decisions.effective.account_currency
    # In minor units, so that 100 % is exactly the order.
    minor = max(1, minor_units(order.amount, order.currency) * percent // 100)
    spelled = decimal_string(minor, order.currency)
    question = DryRunIn(
        customer_id=decisions.customer_id,
        currency=order.currency,
        amount=spelled,
        exchange_rate=order.exchange_rate if order.currency != currency else None,
        exchange_to=currency if order.exchange_rate and order.currency != currency else None,
    )
    answer = await dry_run(question, runtime, principal, view_of(runtime, principal))
    words = [in_words(reason, answer.account_currency, formats_of(request)) for reason in answer.reasons]
    return console.fragment(
        request,
        principal,
        "held/what_if.html",
        answer=answer,
        words=words,
        amount=spelled,
        currency=order.currency,
        largest=_largest(answer),
    )


def _largest(answer: DryRunOut) -> tuple[str, str] | None:
    """Return the largest amount that passes, in the account's currency; None: any."""
    return None if answer.largest_amount is None else (answer.largest_amount, answer.account_currency)


async def read_state(order_id: str, request: Request, runtime: Runtime, principal: Principal) -> OrderState:
    """Return everything about an order.

    Raises:
        Problem: 404 when it is not known.
    """
    decisions = await read_decision(order_id, runtime, principal)
    held = await find_held(runtime, order_id)
    account = await read_account(decisions.customer_id, runtime, principal)
    approval = await _approval(runtime, held.approval_id) if held and held.approval_id else None
    formats = formats_of(request)
    currency = decisions.effective.account_currency
    shown = held.reasons if held is not None else decisions.effective.reasons
    return OrderState(
        order_id=order_id,
        decisions=decisions,
        account=account,
        history=await read_history(order_id, runtime, principal),
        held=held,
        approval=approval,
        reasons=[(reason, in_words(reason, currency, formats)) for reason in shown],
        bar=exposure_bar(account, held, formats),
        may_rule=may_open(principal, RULERS),
        mine=held is not None and held.owner == person(principal),
        asked=approval is not None and approval.requested_by == person(principal),
    )


async def _approval(runtime: Runtime, approval_id: str) -> ApprovalOut | None:
    async with runtime.database.engine.connect() as connection:
        row = (
            await connection.execute(select(approvals).where(approvals.c.approval_id == approval_id))
        ).one_or_none()
    return None if row is None else approval_out(dict(row._mapping))


def exposure_bar(account: AccountOut, held: HeldOrderOut | None, formats: Formats) -> Bar:
    """Return a customer's exposure with the order on top of it, against the limit."""
    balances, currency = account.balances, account.currency
    # Money in hand pays invoices as far as the limit is concerned.
    invoiced = max(Decimal(0), Decimal(balances.invoiced) - Decimal(balances.unapplied))
    parts = [
        Slice("order.exposure.invoiced", float(invoiced), formats.money(invoiced, currency), "one"),
        Slice(
            "order.exposure.shipped",
            float(balances.shipped),
            formats.money(balances.shipped, currency),
            "two",
        ),
        Slice(
            "order.exposure.open",
            float(balances.open_orders),
            formats.money(balances.open_orders, currency),
            "four",
        ),
    ]
    if held is not None and (held.currency == held.account_currency or held.exchange_rate is not None):
        amount = held.account_amount
        room = account.standing.available
        fits = room is None or Decimal(amount) <= Decimal(room)
        tone: Literal["three", "over"] = "three" if fits else "over"
        parts.append(Slice("order.exposure.this", float(amount), formats.money(amount, currency), tone))
    limit = account.standing.limit_in_force
    return Bar(
        parts,
        None if limit is None else float(limit),
        "order.limit",
        "" if limit is None else formats.money(limit, currency),
    )
