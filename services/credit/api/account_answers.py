"""Accounts as callers read them. Money is in the account's currency; null is unlimited, 0 is none."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from services.credit.api.common import money, money_or_none
from services.credit.rules.state import Account

Money = Annotated[str, Field(examples=["1234.50"])]
Limit = Annotated[str | None, Field(description="null: unlimited, 0: none", examples=["50000.00"])]


class ThresholdsOut(BaseModel):
    """How much may be overdue before orders are held."""

    max_amount: Limit
    max_days: int | None
    max_items: int | None


class TemporaryLimitOut(BaseModel):
    """A limit in place of the ordinary one; both days are included."""

    limit: Limit
    from_day: date
    until_day: date


class TermsOut(BaseModel):
    """What finance granted."""

    term_days: int
    limit: Limit
    temporary_limit: TemporaryLimitOut | None
    grace_days: int = Field(description="an invoice counts as overdue after its due day and so many days")
    single_order_max: Limit = Field(description="null: the company's policy applies")
    overdue: ThresholdsOut | None = Field(description="null: the company's policy applies")
    review_on: date | None
    risk_class: str | None = Field(description="A (best) to D, a level of the policy; null: none was set")


class BalancesOut(BaseModel):
    """Exposure by category: `exposure = open_orders + shipped + invoiced - unapplied`."""

    open_orders: Money = Field(description="approved, neither shipped nor invoiced")
    shipped: Money = Field(description="shipped, not invoiced")
    invoiced: Money = Field(description="invoiced and not paid")
    unapplied: Money = Field(description="money in hand that pays no invoice yet")
    exposure: Money


class StandingOut(BaseModel):
    """Whether the next order on account would get through, and if not, why."""

    limit_in_force: Limit
    available: Limit = Field(description="limit in force less exposure, 0 at least; null: unlimited")
    over_limit: bool
    blacklisted: str | None = Field(description="the reason; null: not blacklisted")
    on_hold: str | None = Field(description="the reason; null: not on hold")
    overdue_amount: Money
    overdue_items: int
    overdue_days: int = Field(description="of the oldest, past its due day")
    oldest_overdue: date | None = Field(description="its due day")
    next_due: date | None = Field(description="the next due day of what is not overdue")
    held_orders: int
    held_amount: Money
    settled_invoices: int = Field(description="invoices on which nothing is owed any more")
    average_days_late: float | None = Field(
        description="from due day to settlement, 0 for what is paid early; null: nothing is settled yet"
    )


class TradeOut(BaseModel):
    """When the customer last traded; null: never. A reversed payment stays: it was a sign of life."""

    last_order_on: date | None = Field(description="the business day of the last new order")
    last_invoice_on: date | None = Field(description="the day the newest invoice was issued")
    last_payment_on: date | None = Field(description="the business day of the last payment")
    last_trade_on: date | None = Field(description="the latest of the three")
    days_since_trade: int | None = Field(description="from then to the business day; null: never traded")


class AccountOut(BaseModel):
    """One customer's account as it stands on a business day."""

    customer_id: str = Field(examples=["C-1001"])
    currency: str = Field(examples=["CNY"])
    day: date = Field(description="the business day this holds for")
    terms: TermsOut
    balances: BalancesOut
    standing: StandingOut
    trade: TradeOut
    journal_seq: int = Field(description="number of the last journal entry")
    journal_hash: str = Field(description="its hash: two accounts with the same hash have the same history")


def account_out(account: Account, day: date) -> AccountOut:
    """Return an account as callers read it."""
    return AccountOut(
        customer_id=account.customer_id,
        currency=account.currency,
        day=day,
        terms=_terms(account),
        balances=balances_out(account),
        standing=_standing(account, day),
        trade=_trade(account, day),
        journal_seq=account.seq,
        journal_hash=account.hash.hex(),
    )


def balances_out(account: Account) -> BalancesOut:
    """Return the exposure by category."""
    currency = account.currency
    return BalancesOut(
        open_orders=money(account.open_orders, currency),
        shipped=money(account.shipped, currency),
        invoiced=money(account.invoiced, currency),
        unapplied=money(account.unapplied, currency),
        exposure=money(account.exposure, currency),
    )


def _terms(account: Account) -> TermsOut:
    currency, temporary, overdue = account.currency, account.temporary, account.thresholds
    return TermsOut(
        term_days=account.term_days,
        limit=money_or_none(account.limit, currency),
        temporary_limit=None
        if temporary is None
        else TemporaryLimitOut(
            limit=money_or_none(temporary.limit, currency),
            from_day=temporary.from_day,
            until_day=temporary.until_day,
        ),
        grace_days=account.grace_days,
        single_order_max=money_or_none(account.single_order_max, currency),
        overdue=None
        if overdue is None
        else ThresholdsOut(
            max_amount=money_or_none(overdue.max_amount, currency),
            max_days=overdue.max_days,
            max_items=overdue.max_items,
        ),
        review_on=account.review_on,
        risk_class=account.risk_class,
    )


def _trade(account: Account, day: date) -> TradeOut:
    days = (account.last_order_on, account.last_invoice_on, account.last_payment_on)
    last = max((known for known in days if known is not None), default=None)
    return TradeOut(
        last_order_on=account.last_order_on,
        last_invoice_on=account.last_invoice_on,
        last_payment_on=account.last_payment_on,
        last_trade_on=last,
        days_since_trade=(day - last).days if last is not None else None,
    )


def available(account: Account, day: date) -> int | None:
    """Return what may still be ordered on account as far as the limit goes; None: unlimited."""
    limit = account.limit_on(day)
    return None if limit is None else max(0, limit - account.exposure)


def _standing(account: Account, day: date) -> StandingOut:
    currency, limit = account.currency, account.limit_on(day)
    return StandingOut(
        limit_in_force=money_or_none(limit, currency),
        available=money_or_none(available(account, day), currency),
        over_limit=limit is not None and account.exposure > limit,
        blacklisted=account.blacklist,
        on_hold=account.hold,
        overdue_amount=money(account.overdue_amount, currency),
        overdue_items=account.overdue_items,
        overdue_days=(day - account.oldest_overdue).days if account.oldest_overdue is not None else 0,
        oldest_overdue=account.oldest_overdue,
        next_due=account.next_due,
        held_orders=account.held_orders,
        held_amount=money(account.held_amount, currency),
        settled_invoices=account.settled_items,
        average_days_late=round(account.settled_days_late / account.settled_items, 2)
        if account.settled_items
        else None,
    )
