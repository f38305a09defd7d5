"""What callers get. Amounts are decimal strings in the currency beside them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.events.customers import Ownership
from contracts.money import decimal_string
from services.customers.api.common import masked
from services.customers.api.follow_up_answers import FollowUpOut
from services.customers.api.now_answers import MOST_OPEN, SatisfactionNow
from services.customers.rules.card import Customer
from services.customers.rules.relations import BlacklistStep
from services.customers.rules.standing import Standing

CASH_ONLY = "cash only: 0 days and limit 0 until finance sets terms; orders on account will be held"


class DecisionCounts(BaseModel):
    """How the credit decisions on the customer's orders went, every version counted."""

    approved: int = 0
    held: int = 0
    rejected: int = 0
    released: int = 0
    latest_at: datetime | None = None


class StandingOut(BaseModel):
    """The credit standing as the credit service last told it; a customer new to credit has 0 days and limit 0."""

    as_of: date | None = Field(
        description="business day of the snapshot; null: credit has not told anything yet"
    )
    currency: str
    limit: str | None = Field(description="null: unlimited; 0: cash only")
    term_days: int
    exposure: str = Field(description="open orders + shipped + invoiced - unapplied")
    open_orders: str
    shipped: str
    invoiced: str
    unapplied: str
    available: str | None = Field(description="what may still be ordered on account; null: unlimited")
    overdue_amount: str
    overdue_items: int
    overdue_days: int
    held_orders: int
    on_hold: bool
    blacklisted: bool = Field(description="as credit knows it")
    note: str | None
    decisions: DecisionCounts


class CustomerSummary(BaseModel):
    """A customer as lists show it."""

    customer_id: str
    revision: int = Field(description="of the card; 0: the customer trades, but nobody has entered a card")
    name: str
    short_name: str
    region: str
    category: str
    business_form: str
    ownership: Ownership
    tags: list[str]
    salesperson_id: str | None = Field(
        description="who looks after it on the day asked for, today by default"
    )
    blacklisted: bool
    credit: StandingOut


class TermsOut(BaseModel):
    """What credit gives the customer at this moment."""

    currency: str
    limit: str | None = Field(description="null: unlimited; 0: cash only")
    term_days: int
    note: str | None


class WrittenCustomer(BaseModel):
    """A customer that was entered or changed."""

    customer_id: str
    revision: int = Field(description="to be named by the next change")
    name: str
    blacklisted: bool
    credit: TermsOut


class WrittenAssignment(BaseModel):
    """An assignment that was recorded."""

    customer_id: str
    salesperson_id: str
    from_day: date


class WrittenBlacklist(BaseModel):
    """How the customer stands now."""

    customer_id: str
    blacklisted: bool
    reason: str


class ContactOut(BaseModel):
    """A person at the customer."""

    name: str
    role: str
    phone: str
    email: str
    phones: list[str] = Field(description="further numbers")
    chat: str
    preferred: bool
    notes: str


class AssignmentOut(BaseModel):
    """Who looks after the customer from a day on."""

    salesperson_id: str
    from_day: date
    assigned_at: datetime


class BlacklistOut(BaseModel):
    """A step in the blacklist history."""

    step: BlacklistStep
    reason: str
    at: datetime
    producer: str


class CardOut(BaseModel):
    """A card the customer had."""

    revision: int
    changed_at: datetime
    producer: str
    card: dict[str, Any]


class CustomerOut(CustomerSummary):
    """A customer with its whole card, standing and history."""

    bank_account: str = Field(description="masked but for its end, to callers who need not see it")
    phones: list[str]
    created_at: datetime | None
    changed_at: datetime | None
    blacklist_reason: str | None = Field(description="while blacklisted")
    contacts: list[ContactOut]
    assignments: list[AssignmentOut] = Field(description="latest first")
    blacklistings: list[BlacklistOut] = Field(description="latest first")
    open_follow_ups: list[FollowUpOut] = Field(
        description=f"what is left to do, the soonest reminder first, at most {MOST_OPEN}; GET /follow-ups has all"
    )
    open_follow_up_count: int
    satisfaction: SatisfactionNow | None = Field(description="null: no score was ever recorded")


def summary(row: Row[Any], currency: str) -> CustomerSummary:
    """Return a customer as lists show it, from :func:`services.customers.store.reads.summaries`.

    Args:
        currency: of customers that credit has not told anything about.
    """
    return CustomerSummary(**_summary(row, currency))


def _summary(row: Row[Any], currency: str) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "revision": row.revision,
        "name": row.name,
        "short_name": row.short_name,
        "region": row.region,
        "category": row.category,
        "business_form": row.business_form,
        "ownership": row.ownership,
        "tags": row.tags,
        "salesperson_id": row.salesperson_id,
        "blacklisted": row.blacklisted,
        "credit": standing(row, currency),
    }


def standing(row: Row[Any], default_currency: str) -> StandingOut:
    """Return the standing from the ``s_*`` columns, which are null for customers new to credit."""
    currency = row.s_currency or default_currency

    def money(minor: int | None) -> str:
        return decimal_string(minor or 0, currency)

    limit = row.s_limit_minor if row.s_journal_seq else 0
    exposure = row.s_exposure_minor or 0
    return StandingOut(
        as_of=row.s_day,
        currency=currency,
        limit=None if limit is None else money(limit),
        term_days=row.s_term_days or 0,
        exposure=money(exposure),
        open_orders=money(row.s_open_orders_minor),
        shipped=money(row.s_shipped_minor),
        invoiced=money(row.s_invoiced_minor),
        unapplied=money(row.s_unapplied_minor),
        available=None if limit is None else money(max(0, limit - exposure)),
        overdue_amount=money(row.s_overdue_minor),
        overdue_items=row.s_overdue_items or 0,
        overdue_days=row.s_overdue_days or 0,
        held_orders=row.s_held_orders or 0,
        on_hold=bool(row.s_on_hold),
        blacklisted=bool(row.s_blacklisted),
        note=CASH_ONLY if limit == 0 else None,
        decisions=DecisionCounts(
            approved=row.s_approved or 0,
            held=row.s_held or 0,
            rejected=row.s_rejected or 0,
            released=row.s_released or 0,
            latest_at=row.s_decided_at,
        ),
    )


def written(customer: Customer, standing: Standing, default_currency: str) -> WrittenCustomer:
    """Return a customer that was entered or changed."""
    currency, limit = standing.currency or default_currency, standing.limit_minor
    terms = TermsOut(
        currency=currency,
        limit=None if limit is None else decimal_string(limit, currency),
        term_days=standing.term_days,
        note=CASH_ONLY if limit == 0 else None,
    )
    return WrittenCustomer(
        customer_id=customer.customer_id,
        revision=customer.revision,
        name=customer.name,
        blacklisted=customer.blacklisted,
        credit=terms,
    )


def customer(row: Row[Any], currency: str, parts: dict[str, Any], *, accounts: bool) -> CustomerOut:
    """Return a customer with everything the archive has; ``parts`` are the lists, ``accounts``: bank accounts too."""
    return CustomerOut(
        **_summary(row, currency),
        bank_account=row.bank_account if accounts else masked(row.bank_account),
        phones=row.phones,
        created_at=row.created_at,
        changed_at=row.changed_at,
        blacklist_reason=row.blacklist_reason if row.blacklisted else None,
        **parts,
    )


def contacts(rows: Iterable[Row[Any]]) -> list[ContactOut]:
    """Return contacts."""
    return [ContactOut.model_validate(row, from_attributes=True) for row in rows]


def assignments(rows: Iterable[Row[Any]]) -> list[AssignmentOut]:
    """Return assignments."""
    return [
        AssignmentOut(salesperson_id=row.salesperson_id, from_day=row.from_day, assigned_at=row.assigned_at)
        for row in rows
    ]


def blacklistings(rows: Iterable[Row[Any]]) -> list[BlacklistOut]:
    """Return steps of the blacklist history."""
    return [BlacklistOut(step=row.step, reason=row.reason, at=row.at, producer=row.producer) for row in rows]


def cards(rows: Iterable[Row[Any]], *, accounts: bool) -> list[CardOut]:
    """Return the cards a customer had."""

    def shown(body: dict[str, Any]) -> dict[str, Any]:
        return body if accounts else {**body, "bank_account": masked(body["bank_account"])}

    return [
        CardOut(revision=row.revision, changed_at=row.changed_at, producer=row.producer, card=shown(row.body))
        for row in rows
    ]
