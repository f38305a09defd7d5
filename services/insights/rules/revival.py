"""When a customer was dormant, when it came back, and who is credited with that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt

from services.insights.rules.segment_policy import LifeCycle

LEAST_GAPS = 3
"""Gaps between order days from which on a customer has a rhythm of its own."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A silence that made a customer dormant. At least one of ``days_on`` and ``rhythm_on`` is given.

    Attributes:
        last_order_day: before the silence; tells the spells of a customer apart.
        days_on: the first day on which it was dormant by the fixed number of days; None: it was not so silent.
        rhythm_on: likewise by its own rhythm.
        revived_on: the day of the order that ended it; None: it lasts.
    """

    last_order_day: date
    days_on: date | None
    rhythm_on: date | None
    revived_on: date | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A follow-up that took place on a day."""

    done_on: date
    follow_up_id: str


def spells(days: Sequence[date], day: date, rule: LifeCycle) -> list[Spell]:
    """Return the dormant spells among order days (each once, in order, none after ``day``) as of ``day``.

    A rhythm is the mean of the customer's own gaps up to the last order before the silence, so that nothing that
    happens later, to it or to others, rewrites a spell that is over. It is compared in whole numbers, without rounding.
    """
    found = []
    for number, last in enumerate(days):
        after = days[number + 1] if number + 1 < len(days) else None
        until = day if after is None else after
        days_on = rhythm_on = None
        if (until - last).days > rule.dormant_days:
            days_on = last + timedelta(days=rule.dormant_days + 1)
        if number >= LEAST_GAPS:
            usual = rule.dormant_gaps * (last - days[0]).days // number
            if (until - last).days > usual:
                rhythm_on = last + timedelta(days=usual + 1)
        if days_on is not None or rhythm_on is not None:
            found.append(Spell(last, days_on, rhythm_on, after))
    return found


def next_turn(days: Sequence[date], day: date, rule: LifeCycle) -> date | None:
    """Return the first day after ``day`` on which the silence since the last order day becomes dormancy by itself."""
    if not days:
        return None
    silences = [rule.dormant_days]
    if len(days) > LEAST_GAPS:
        silences.append(rule.dormant_gaps * (days[-1] - days[0]).days // (len(days) - 1))
    turns = [days[-1] + timedelta(days=silence + 1) for silence in silences]
    return min((turn for turn in turns if turn > day), default=None)


def credited_contact(spell: Spell, contacts: Iterable[Contact], rule: LifeCycle) -> Contact | None:
    """Return the last contact in the silence, at most ``follow_up_days`` before the order that ended it, if any.

    One on the day of that order counts: a call that ends with an order is noted the same day.
    """
    if spell.revived_on is None:
        return None
    earliest = max(
        spell.last_order_day + timedelta(days=1), spell.revived_on - timedelta(days=rule.follow_up_days)
    )
    fitting = [c for c in contacts if earliest <= c.done_on <= spell.revived_on]
    return max(fitting, key=lambda c: (c.done_on, c.follow_up_id), default=None)


def wilson(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float] | None:
    """Return the score interval of a proportion, 95 % by default; None without trials.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212. Unlike
    p +- z * s it stays within 0 and 1 and says how little a handful of trials tells.
    """
    if trials == 0:
        return None
    share, square = successes / trials, z * z
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials)) / (1 + square / trials)
    return max(0.0, middle - half), min(1.0, middle + half)
