"""Decisions as callers read them."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.credit.api.common import money, money_or_none
from services.credit.api.reasons import ReasonOut, reason_out
from services.credit.rules.entries import Decided
from services.credit.rules.worth import rate_of, worth


class DecisionOut(BaseModel):
    """One version of the decision on one order, with its evidence. The highest version is in force."""

    order_id: str
    customer_id: str
    version: int
    outcome: Literal["approved", "held", "rejected"]
    released: bool = Field(description="approved after the version before had held it")
    amount: str = Field(description="of the order when it was decided")
    currency: str
    account_amount: str | None = Field(
        description="what it was worth in the account's currency; null: no exchange rate was known"
    )
    exchange_rate: str | None = Field(
        description="units of the account's currency per unit of `currency`; null: the same, or none was known"
    )
    payment_method: str
    reasons: list[ReasonOut] = Field(
        description="every rule it failed; none: it passed, or a person let it pass"
    )
    account_currency: str = Field(description="of exposure, limit and the amounts in reasons")
    exposure: str = Field(description="of the customer after this decision")
    limit: str | None = Field(description="in force that day; null: unlimited, 0: none")
    policy_version: int
    trigger: str = Field(description="what led to it, if not the order itself", examples=["payment PAY-3001"])
    by: str | None = Field(description="who decided, if a person did")
    approved_by: str | None = Field(description="the second person of a ruling by two")
    comment: str = Field(description="the reason that person gave")
    event: str = Field(description="producer and id of the event that caused it", examples=["pos/12345"])
    at: datetime = Field(description="time of that event")
    day: date = Field(description="the business day it was applied on; overdue days count from it")
    journal_seq: int = Field(description="its place in the customer's journal")


def decision_out(entry: Decided, account_currency: str, *, released: bool = False) -> DecisionOut:
    """Return a version of a decision; ``released``: it approves what the version before it held."""
    return DecisionOut(
        order_id=entry.order,
        customer_id=entry.customer,
        version=entry.version,
        outcome=entry.outcome,
        released=released,
        amount=money(entry.amount, entry.currency),
        currency=entry.currency,
        account_amount=money(worth(entry.amount, entry.factor), account_currency)
        if entry.factor or entry.currency == account_currency
        else None,
        exchange_rate=rate_of(entry.factor, entry.currency, account_currency),
        payment_method=entry.method,
        reasons=[reason_out(reason, account_currency) for reason in entry.reasons],
        account_currency=account_currency,
        exposure=money(entry.exposure, account_currency),
        limit=money_or_none(entry.limit, account_currency),
        policy_version=entry.policy,
        trigger=entry.trigger,
        by=entry.by,
        approved_by=entry.approved_by,
        comment=entry.comment,
        event=entry.event,
        at=datetime.fromisoformat(entry.at),
        day=entry.day,
        journal_seq=entry.seq,
    )


class ReleasedOut(BaseModel):
    """A held order that now passes."""

    order_id: str
    amount: str
    currency: str
    version: int = Field(description="of its decision")
    journal_seq: int


def released_out(decisions: list[Decided]) -> list[ReleasedOut]:
    """Return the orders that an event released."""
    return [
        ReleasedOut(
            order_id=entry.order,
            amount=money(entry.amount, entry.currency),
            currency=entry.currency,
            version=entry.version,
            journal_seq=entry.seq,
        )
        for entry in decisions
        if entry.outcome == "approved"
    ]
