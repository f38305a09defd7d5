"""Whose prospects and follow-ups the routes show to those who see their own customers only."""

from sqlalchemy import ColumnElement, and_, exists, or_, true

from services.customers.tables import follow_ups, prospects
from services.kit.http.scope import View, of_something


def seen_prospects(view: View) -> ColumnElement[bool]:
    """Return which rows of ``prospects`` are seen: one's own, nobody's, and those that became one's own customers."""
    if view.everything:
        return true()
    free = or_(prospects.c.salesperson_id == view.staff_id, prospects.c.salesperson_id.is_(None))
    return or_(and_(prospects.c.customer_id.is_(None), free), view.of(prospects.c.customer_id))


def seen_follow_ups(view: View) -> ColumnElement[bool]:
    """Return which rows of ``follow_ups`` are seen: those about a customer or prospect that is."""
    if view.everything:
        return true()
    about = exists().where(prospects.c.prospect_id == follow_ups.c.prospect_id, seen_prospects(view))
    return or_(view.of(follow_ups.c.customer_id), about)


def prospect_seen(view: View, prospect_id: str) -> ColumnElement[bool]:
    """Return whether a prospect is known and seen."""
    return exists().where(prospects.c.prospect_id == prospect_id, seen_prospects(view))


OF_PROSPECT = of_something("prospect_id", "prospect", prospect_seen)
OF_FOLLOW_UP = of_something(
    "follow_up_id",
    "follow-up",
    lambda view, value: exists().where(follow_ups.c.follow_up_id == value, seen_follow_ups(view)),
)
