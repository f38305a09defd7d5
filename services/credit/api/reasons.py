"""Failing rules in numbers and in words."""

from collections.abc import Callable

from pydantic import BaseModel, Field

from services.credit.outgoing import MONEY_RULES, number_text, public_reason
from services.credit.rules.entries import ReasonEntry


class ReasonOut(BaseModel):
    """One failing rule: what was measured, what is allowed, and the documents that make up the value."""

    rule: str = Field(examples=["limit"])
    value: str = Field(description="what was measured: money, days, items or percent", examples=["50734.50"])
    threshold: str = Field(description="what is allowed", examples=["50000.00"])
    excess: str | None = Field(
        description="value less threshold, where both are numbers", examples=["734.50"]
    )
    documents: list[str] = Field(description="at most 20, the oldest due first", examples=[["INV-9001"]])
    text: str = Field(
        description="the same in words",
        examples=["the exposure would be 50734.50 CNY, the limit is 50000.00 CNY: 734.50 CNY too much"],
    )


def reason_out(reason: ReasonEntry, currency: str) -> ReasonOut:
    """Return a failing rule as callers read it; ``currency`` is the account's."""
    public = public_reason(reason, currency)
    return ReasonOut(**public, excess=_excess(reason, currency), text=in_words(reason, currency))


def _excess(reason: ReasonEntry, currency: str) -> str | None:
    if not isinstance(reason.value, int) or not isinstance(reason.threshold, int):
        return None
    excess = reason.value - reason.threshold
    return number_text(reason.rule, excess, currency)


def in_words(reason: ReasonEntry, currency: str) -> str:
    """Return a failing rule as a sentence."""
    wording = _WORDINGS.get(reason.rule)
    public = public_reason(reason, currency)
    if wording is None:
        return f"{reason.rule}: {public['value']} against {public['threshold']}"
    unit = f" {currency}" if reason.rule in MONEY_RULES else ""
    return wording(
        public["value"] + unit, public["threshold"] + unit, (_excess(reason, currency) or "") + unit
    )


def _count(number: str, one: str, many: str) -> str:
    return f"{number} {one if number == '1' else many}"


_WORDINGS: dict[str, Callable[[str, str, str], str]] = {
    "limit": lambda v, t, x: f"the exposure would be {v}, the limit is {t}: {x} too much",
    "single_order_maximum": lambda v, t, x: (
        f"the order is {v}, the largest single order allowed is {t}: {x} too much"
    ),
    "overdue_amount": lambda v, t, x: f"{v} is overdue, {t} is allowed: {x} too much",
    "overdue_days": lambda v, t, x: (
        f"the oldest overdue invoice is {_count(v, 'day', 'days')} past its due day, "
        f"{_count(t, 'day is', 'days are')} allowed"
    ),
    "overdue_items": lambda v, t, x: (
        f"{_count(v, 'invoice is', 'invoices are')} overdue, {_count(t, 'is', 'are')} allowed"
    ),
    "overdue_share": lambda v, t, x: f"{v} % of the open invoices is overdue, {t} % is allowed",
    "expired_review": lambda v, t, x: (
        f"the review of the terms is {_count(v, 'day', 'days')} late, {_count(t, 'day is', 'days are')} allowed"
    ),
    "payment_behaviour": lambda v, t, x: f"invoices were paid {v} days late on average, {t} days are allowed",
    "term_change": lambda v, t, x: (
        f"the order asks for {_count(v, 'day', 'days')} to pay, {_count(t, 'day is', 'days are')} allowed"
    ),
    "manual_hold": lambda v, t, x: f"finance holds all orders of this customer: {v}",
    "blacklist": lambda v, t, x: f"the customer is blacklisted: {v}",
    "currency": lambda v, t, x: (
        f"the order is in {v}, the account is kept in {t}, and exchange_rate is missing"
    ),
    "manual_rejection": lambda v, t, x: f"rejected by hand: {v}",
    "cancelled": lambda v, t, x: v,
}
