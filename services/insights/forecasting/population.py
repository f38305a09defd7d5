"""What all customers have in common, how it is fitted, and how it is kept."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from services.insights.forecasting import amounts, mixture, renewal, stack
from services.insights.forecasting.arrays import (
    Days,
    Floats,
    Histories,
    States,
    counts_between,
    next_order,
    states_at,
)
from services.insights.forecasting.one_core import on_one_core
from services.insights.forecasting.seasons import Clock, Season, candidates

FORMAT = 1
"""Of :func:`to_json`. Another one cannot be read: refit."""
ORIGIN_EVERY_DAYS = 30
MOST_WINDOWS = 8
REGULAR_FROM = 5
"""Order days from which a customer's interval is calibrated on customers of that kind."""
LEVELS = (0.1, 0.38, 0.9)
"""Early end, expected day and late end as chances, before calibration.

The expected day is not the median: the chance of an order falls with the silence, so the likely days come early and the
unlikely ones spread far, and a day a little before the median has the smaller median error.
"""
_LEVEL_PRIOR = 100
"""Order days that the nominal levels are worth against those observed."""


@dataclass(frozen=True, slots=True)
class Population:
    """Fitted parameters.

    Attributes:
        version: given by the caller, to tell fits apart.
        day: what was known on its evening is what they were fitted on.
        season: the year's shape.
        single: the mixture that expected counts come from.
        mixed: the mixture with regular customers, for the distribution of counts.
        stacks: coefficients by horizon.
        gaps: prior of the log gaps.
        levels: of the next order's day, for customers with few and with :data:`REGULAR_FROM` order days and more.
        amounts: prior of the amounts.
        customers: the sample's size.
    """

    version: int
    day: int
    season: Season
    single: mixture.Mixture
    mixed: mixture.Mixture
    stacks: dict[int, tuple[float, ...]]
    gaps: renewal.Gaps
    levels: tuple[tuple[float, float, float], tuple[float, float, float]]
    amounts: amounts.Amounts
    customers: int

    def to_json(self) -> dict[str, Any]:
        """Return it in a form that JSON can hold."""
        return {"format": FORMAT, **asdict(self), "stacks": {str(h): c for h, c in self.stacks.items()}}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Population":
        """Read what :meth:`to_json` returned, also after a round through JSON.

        Raises:
            ValueError: it is of another format.
        """
        if stored.get("format") != FORMAT:
            raise ValueError(f"population of format {stored.get('format')}, this is {FORMAT}: refit it")
        season = stored["season"]
        few, many = stored["levels"]
        return cls(
            version=stored["version"],
            day=stored["day"],
            season=Season(season["anchor"], season["index"] and tuple(season["index"])),
            single=_mixture(stored["single"]),
            mixed=_mixture(stored["mixed"]),
            stacks={int(horizon): tuple(found) for horizon, found in stored["stacks"].items()},
            gaps=renewal.Gaps(**stored["gaps"]),
            levels=((few[0], few[1], few[2]), (many[0], many[1], many[2])),
            amounts=amounts.Amounts(**stored["amounts"]),
            customers=stored["customers"],
        )


def _mixture(stored: dict[str, Any]) -> mixture.Mixture:
    weights = tuple(tuple(tuple(part) for part in cohort) for cohort in stored["weights"])
    return mixture.Mixture(tuple(stored["shapes"]), tuple(stored["starts"]), weights)


@dataclass(frozen=True, slots=True)
class _Origin:
    """A day of the past: who was a customer then, and as seen then."""

    day: int
    customers: Days
    states: States
    single: mixture.Mixture


@on_one_core
def refit(histories: Histories, day: int, version: int) -> Population:
    """Fit the population to a sample of customers, from what was known on the evening of ``day``.

    A few thousand customers are enough, all of their order days each; seconds of CPU, no more for more history than
    the number of past windows looked at. Whatever is later than ``day`` is left out.

    Raises:
        ValueError: nobody has ordered yet.
    """
    known = histories.until(day)
    _, states = states_at(known, day)
    if not len(states):
        raise ValueError("a population needs at least one customer with an order")
    season, origins = _best_season(known, day)
    clock = season.clock()
    gaps = renewal.fit(states)
    return Population(
        version=version,
        day=day,
        season=season,
        single=mixture.fit(states, clock, day, (1,)),
        mixed=mixture.fit(states, clock, day, mixture.SHAPES),
        stacks=_stacks(known, origins, clock, day),
        gaps=gaps,
        levels=_levels(known, origins, day),
        amounts=_amounts(known, origins, states),
        customers=len(states),
    )


def _best_season(known: Histories, day: int) -> tuple[Season, list[_Origin]]:
    """Return the seasons that the past bears out, and the past as seen with them.

    Judged by the quasi-likelihood of a Poisson over past windows, against no seasons. The index has seen these windows,
    but what is no season does harm there too, because customers' rates follow from the same index.
    """
    found: list[tuple[float, Season, list[_Origin]]] = []
    seasons = candidates(known, day)
    horizon = stack.HORIZONS[1]
    for season in seasons:
        clock = season.clock()
        origins = _origins(known, clock, day)
        if len(seasons) == 1:
            return season, origins
        loss = 0.0
        for origin in [o for o in origins if o.day + horizon <= day][:MOST_WINDOWS]:
            expected = mixture.forecast(origin.single, origin.states, clock, origin.day, horizon).mean
            came = counts_between(known, origin.customers, origin.day, origin.day + horizon)
            loss += float((expected - came * np.log(np.maximum(expected, 1e-3))).sum()) / len(came)
        found.append((loss, season, origins))
    _, season, origins = min(found, key=lambda one: one[0])
    return season, origins


def _origins(known: Histories, clock: Clock, day: int) -> list[_Origin]:
    """Return days of the past from the latest on, with the mixture as it would have been fitted then."""
    start = int(known.day.min())
    found: list[_Origin] = []
    at = day - ORIGIN_EVERY_DAYS
    while (
        at - start >= ORIGIN_EVERY_DAYS
        and len(found) < MOST_WINDOWS + stack.HORIZONS[-1] // ORIGIN_EVERY_DAYS
    ):
        customers, states = states_at(known, at)
        found.append(_Origin(at, customers, states, mixture.fit(states, clock, at, (1,))))
        at -= ORIGIN_EVERY_DAYS
    return found


def _stacks(known: Histories, origins: list[_Origin], clock: Clock, day: int) -> dict[int, tuple[float, ...]]:
    start = int(known.day.min())
    fitted = {}
    for horizon in stack.HORIZONS:
        least = max(2 * ORIGIN_EVERY_DAYS, horizon)
        usable = [o for o in origins if o.day + horizon <= day and o.day - start + 1 >= least][:MOST_WINDOWS]
        windows = []
        for origin in usable:
            expected = mixture.forecast(origin.single, origin.states, clock, origin.day, horizon).mean
            came = counts_between(known, origin.customers, origin.day, origin.day + horizon)
            matrix = stack.terms(origin.states, expected, clock, origin.day, horizon)
            windows.append(stack.Window(expected, matrix, came))
        if windows:
            fitted[horizon] = stack.fit(windows, 1 + (usable[0].day - usable[-1].day) / horizon)
    return fitted


def _levels(
    known: Histories, origins: list[_Origin], day: int
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the chances at which early end, expected day and late end lay in the past, if the order came in time."""
    places: tuple[list[Floats], list[Floats]] = ([], [])
    for origin in origins[:MOST_WINDOWS]:
        within = min(renewal.WITHIN, day - origin.day)
        gap = renewal.next_gap(origin.states, renewal.fit(origin.states), origin.day)
        following, _ = next_order(known, origin.customers, origin.day)
        days = (following - origin.day).astype(np.float64)
        came = (following >= 0) & (days <= within)
        place = renewal.place_of(gap, np.maximum(days - 0.5, 0.0), within)
        for group, members in enumerate(
            (origin.states.days < REGULAR_FROM, origin.states.days >= REGULAR_FROM)
        ):
            places[group].append(place[came & members])
    few, many = (_calibrated(np.concatenate(group)) if group else LEVELS for group in places)
    return few, many


def _calibrated(places: Floats) -> tuple[float, float, float]:
    believed = len(places) / (len(places) + _LEVEL_PRIOR)
    low, point, high = (
        float(np.quantile(places, level)) * believed + level * (1 - believed) if len(places) else level
        for level in LEVELS
    )
    return round(low, 4), round(point, 4), round(high, 4)


def _amounts(known: Histories, origins: list[_Origin], states: States) -> amounts.Amounts:
    if not origins:
        return amounts.fit(states, np.zeros(len(states)), np.zeros(len(states)))
    origin = origins[min(2, len(origins) - 1)]
    following, worth = next_order(known, origin.customers, origin.day)
    found = amounts.fit(origin.states, worth, (following >= 0).astype(np.float64))
    now = amounts.fit(states, np.zeros(len(states)), np.zeros(len(states)))
    return amounts.Amounts(now.mean, now.log_mean, found.worth, found.log_worth)
