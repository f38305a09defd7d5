"""What the API reads of money collected: payments and what was taken back of them, each on its day and of its owner."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, Text, cast, func, literal, select

from services.insights.rules.windows import month_after
from services.insights.store.reads import Span
from services.insights.tables import payments

RECEIVED, TAKEN_BACK = "payment", "reversal"


def collected(currency: str, span: Span) -> Subquery:
    """Return a row per payment, and one per reversal, whose amount is negative.

    Its owner is who looked after the customer on that day, "": nobody. This is what the facts of a month sum.
    """
    c = payments.c
    received = select(
        *(c.customer_id, c.payment_id, literal(RECEIVED, Text).label("kind"), c.received_day.label("day")),
        *(c.owner_id, c.amount_minor),
    ).where(c.received_day.is_not(None), c.currency == currency, *_within(c.received_day, span))
    back = select(
        *(c.customer_id, c.payment_id, literal(TAKEN_BACK, Text).label("kind"), c.reversed_day.label("day")),
        *(c.reversal_owner_id.label("owner_id"), (-c.amount_minor).label("amount_minor")),
    ).where(
        # What was taken back before it was received counts for nothing yet.
        *(c.received_day.is_not(None), c.reversed_day.is_not(None), c.currency == currency),
        *_within(c.reversed_day, span),
    )
    both = received.union_all(back).subquery()
    # Unique over both kinds and all customers; the separator is no character of an id.
    key = cast(func.concat_ws("\x1f", both.c.customer_id, both.c.kind, both.c.payment_id), Text)
    return select(*both.c, key.label("key")).subquery("collected")


def sums(found: Subquery, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """Return how many payments and reversals these are, and what they make; amounts are not negative."""
    c = found.c

    def total(kind: str) -> ColumnElement[Any]:
        amount = func.coalesce(func.sum(func.abs(c.amount_minor)).filter(c.kind == kind), 0)
        return cast(amount, BigInteger)

    return select(
        func.count().filter(c.kind == RECEIVED).label("payments"),
        func.count().filter(c.kind == TAKEN_BACK).label("reversals"),
        total(RECEIVED).label("received"),
        total(TAKEN_BACK).label("reversed"),
    ).where(*conditions)


def _within(day: ColumnElement[Any], span: Span) -> list[ColumnElement[bool]]:
    conditions = [] if span.first is None else [day >= span.first]
    return conditions if span.last is None else [*conditions, day < month_after(span.last, 1)]
