"""Where a customer stands in its life: prospect, new, familiar, established; from any of them dormant, then revived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from services.insights.rules.segment_policy import LifeCycle

Stage = Literal["prospect", "new", "familiar", "established", "dormant", "revived"]


@dataclass(frozen=True, slots=True)
class Trade:
    """What a stage follows from, as of a day.

    Attributes:
        first_order_day: None: it never ordered.
        orders: that count, up to the end of the day's month.
        recent: days with orders up to the day: those of the last ``revived_days``, and the one before them.
        ahead: the first day after this one on which it has an order.
    """

    first_order_day: date | None
    orders: int
    recent: Sequence[date]
    ahead: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A stage, since when it revived if it did, and the first day on which the stage may be another by itself."""

    stage: Stage
    revived_on: date | None
    until: date | None


def standing(trade: Trade, day: date, rule: LifeCycle) -> Standing:
    """Return the stage on a day.

    Without orders it is a prospect. After more than ``dormant_days`` without an order it is dormant. An order after
    such a time revives it, for ``revived_days``. Otherwise it is established with so many orders and so old, else
    familiar with so many orders and so old, else new.
    """
    if trade.first_order_day is None or trade.first_order_day > day or not trade.recent:
        return Standing("prospect", None, trade.ahead)
    last, dormant = trade.recent[-1], timedelta(days=rule.dormant_days)
    revived_on = _revived_on(trade.recent, dormant)
    revived_until = None if revived_on is None else revived_on + timedelta(days=rule.revived_days)
    first = trade.first_order_day
    turns = [last + dormant + timedelta(days=1), revived_until, trade.ahead]
    turns += [first + timedelta(days=days) for days in (rule.familiar_days, rule.established_days)]
    until = min((turn for turn in turns if turn is not None and turn > day), default=None)
    return Standing(_stage(trade, day, rule, last + dormant < day, revived_until), revived_on, until)


def _revived_on(days: Sequence[date], dormant: timedelta) -> date | None:
    revivals = [later for earlier, later in pairwise(days) if later - earlier > dormant]
    return revivals[-1] if revivals else None


def _stage(trade: Trade, day: date, rule: LifeCycle, asleep: bool, revived_until: date | None) -> Stage:
    assert trade.first_order_day is not None
    age_days = (day - trade.first_order_day).days
    if asleep:
        return "dormant"
    if revived_until is not None and day < revived_until:
        return "revived"
    if trade.orders >= rule.established_orders and age_days >= rule.established_days:
        return "established"
    if trade.orders >= rule.familiar_orders and age_days >= rule.familiar_days:
        return "familiar"
    return "new"
