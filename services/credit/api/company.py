"""Questions about no account in particular: a dry run for a till, and the receivables of the whole company."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from contracts.events.orders import PaymentMethod
from contracts.wire import Amount, Currency, Id, Rate
from services.credit.api.account_answers import Limit, Money
from services.credit.api.accounts import today
from services.credit.api.common import Body, Known, Reader, money, money_or_none
from services.credit.api.reasons import ReasonOut, reason_out
from services.credit.dry_run import Asked, ask
from services.credit.queries import totals
from services.credit.rules.checks import outcome_of
from services.credit.rules.to_pay import ToPay
from services.credit.rules.worth import most_units
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY, Own

router = APIRouter(tags=["credit"])

QUESTION: JsonDict = {
    "customer_id": "C-1001",
    "currency": "CNY",
    "amount": "1234.50",
    "payment_method": "account",
}


class DryRunIn(Body):
    """An order that is not placed yet."""

    model_config = ConfigDict(**Body.model_config, json_schema_extra={"example": QUESTION})

    customer_id: Id
    currency: Currency
    amount: Amount
    payment_method: PaymentMethod = "account"
    exchange_rate: Rate | None = Field(
        None,
        description="in another currency than the account's: units of the account's per unit of `currency`",
    )
    exchange_to: Currency | None = Field(
        None, description="where the rate leads; another currency is refused"
    )


class InvoiceToPayOut(BaseModel):
    """An invoice to pay in full."""

    invoice_id: str
    open: Money
    due_on: date
    days_past_due: int = Field(description="negative: days to go")


class ToPayOut(BaseModel):
    """The smallest set of invoices: the fewest, and of those sets the one with the least money."""

    count: int
    amount: Money
    invoices: list[InvoiceToPayOut] = Field(description="oldest due first")
    proven: bool = Field(description="false: a smaller set may exist, the search was given up after a while")


class DryRunOut(BaseModel):
    """What would become of the order if it were placed now."""

    passes: bool
    outcome: str = Field(description="approved, held or rejected", examples=["held"])
    reasons: list[ReasonOut] = Field(description="every rule it would fail")
    largest_amount: Limit = Field(description="the largest amount that would pass now; null: any, 0: none")
    largest_amount_own: Limit = Field(
        description="the same in the order's currency, if that is another; null: any, or the account's currency"
    )
    to_pay: ToPayOut | None = Field(
        description="which invoices the customer could pay so that it passes; null: no such payment would do"
    )
    customer_id: str
    account_currency: str
    exposure_after: Money = Field(description="of the customer with this order")
    limit_in_force: Limit
    held_orders: int = Field(
        description="that wait already; a payment has them decided first, which is reckoned with"
    )
    policy_version: int
    day: date


@router.post("/credit/dry-run", summary="Ask whether an order would pass")
async def dry_run(body: DryRunIn, runtime: LiveRuntime, principal: Known, view: Own) -> DryRunOut:
    """Ask whether an order would pass, without placing it. Nothing is changed and nobody is kept waiting.

    The answer holds for the moment: what is placed or paid in between counts. It has the failing reasons, the largest
    amount that would pass, and the smallest set of invoices to pay in full so that this order passes.
    Salespeople may ask about their own customers: 404 for others.
    """
    if not await view.sees(body.customer_id):
        raise Problem(
            404,
            f"nothing is known of customer {body.customer_id!r}",
            errors=[("customer_id", "is not known")],
        )
    return _answer(await ask(runtime, body))


def _answer(asked: Asked) -> DryRunOut:
    answer, account = asked.answer, asked.account
    currency = account.currency
    return DryRunOut(
        passes=not answer.reasons,
        outcome=outcome_of(answer.reasons),
        reasons=[reason_out(reason, currency) for reason in answer.reasons],
        largest_amount=money_or_none(answer.largest, currency),
        largest_amount_own=None
        if asked.own is None or answer.largest is None
        else money(most_units(max(0, answer.largest), asked.own.factor), asked.own.currency),
        to_pay=None if answer.to_pay is None else _to_pay(answer.to_pay, currency, asked.day),
        customer_id=account.customer_id,
        account_currency=currency,
        exposure_after=money(answer.exposure, currency),
        limit_in_force=money_or_none(answer.limit, currency),
        held_orders=account.held_orders,
        policy_version=asked.policy.version,
        day=asked.day,
    )


def _to_pay(to_pay: ToPay, currency: str, day: date) -> ToPayOut:
    return ToPayOut(
        count=len(to_pay.invoices),
        amount=money(to_pay.amount, currency),
        invoices=[
            InvoiceToPayOut(
                invoice_id=item.invoice_id,
                open=money(item.open, currency),
                due_on=item.due_on,
                days_past_due=(day - item.due_on).days,
            )
            for item in to_pay.invoices
        ],
        proven=to_pay.proven,
    )


class CurrencyTotals(BaseModel):
    """All accounts of one currency."""

    currency: str
    open_orders: Money = Field(description="approved, neither shipped nor invoiced")
    shipped: Money = Field(description="shipped, not invoiced")
    invoiced: Money = Field(description="invoiced and not paid: the receivables")
    unapplied: Money = Field(description="money in hand that pays no invoice yet")
    exposure: Money
    overdue_amount: Money
    overdue_items: int
    overdue_share: float | None = Field(
        description="of the receivables, 0 to 1; null: there are none", examples=[0.12]
    )
    oldest_overdue: date | None = Field(description="the oldest due day of what is overdue")
    held_orders: int = Field(description="held orders in this currency")
    held_amount: Money
    accounts: int
    owing: int = Field(description="accounts with an exposure above 0")
    with_overdue: int
    over_limit: int
    unlimited: int
    blacklisted: int
    on_hold: int


class ReceivablesOut(BaseModel):
    """What the company is owed and is about to be owed."""

    day: Annotated[date, Field(description="the business day reached everywhere")]
    totals: list[CurrencyTotals] = Field(description="one per currency; currencies are never added up")


@router.get("/credit/receivables", summary="Show the company's receivables", dependencies=[COMPANY])
async def read_receivables(runtime: LiveRuntime, principal: Reader) -> ReceivablesOut:
    """Show the company's receivables per currency: exposure by category, what is overdue, what is held."""
    day = today(runtime)
    async with runtime.database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        rows = await totals.receivables(connection, day)
        waiting = {row.currency: row for row in await totals.held(connection)}
        reached = await totals.day_reached(connection, day)
    found = {row.currency: dict(row._mapping) for row in rows}
    return ReceivablesOut(
        day=reached,
        totals=[
            _currency_totals(currency, found.get(currency, {}), waiting.get(currency))
            for currency in sorted(found.keys() | waiting.keys())
        ],
    )


_AMOUNTS = ("open_orders", "shipped", "invoiced", "unapplied", "overdue_amount")
_COUNTS = (
    "overdue_items",
    "accounts",
    "owing",
    "with_overdue",
    "over_limit",
    "unlimited",
    "blacklisted",
    "on_hold",
)


def _currency_totals(currency: str, row: dict[str, int], waiting: object) -> CurrencyTotals:
    amounts = {name: row.get(name, 0) for name in _AMOUNTS}
    exposure = amounts["open_orders"] + amounts["shipped"] + amounts["invoiced"] - amounts["unapplied"]
    return CurrencyTotals(
        currency=currency,
        **{name: money(amount, currency) for name, amount in amounts.items()},
        **{name: row.get(name, 0) for name in _COUNTS},
        exposure=money(exposure, currency),
        overdue_share=round(amounts["overdue_amount"] / amounts["invoiced"], 4)
        if amounts["invoiced"]
        else None,
        oldest_overdue=row.get("oldest_overdue"),
        held_orders=getattr(waiting, "orders", 0),
        held_amount=money(getattr(waiting, "amount", 0), currency),
    )
