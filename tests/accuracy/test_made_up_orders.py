"""The forecasts on made-up customers whose truth is known: nothing in them was tuned to one file."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from services.insights.forecasting import Histories, forecast, histories_of, refit, states_at
from tests.accuracy.orders import MEAN, MEDIAN, MODEL, measure

START = 720_000
Chance = np.random.Generator


@dataclass(frozen=True)
class Kind:
    """How customers order: shape of the gamma gaps, mean days of life (none: for ever), swing of the seasons."""

    shape: float
    life: float | None = None
    swing: float = 0.0


KINDS = {
    "regular": Kind(20.0),
    "at any time": Kind(1.0),
    "in bursts": Kind(0.5),
    "dying": Kind(1.0, life=250.0),
    "regular and dying": Kind(6.0, life=250.0),
    "seasonal": Kind(1.0, swing=0.6),
}


def made_up(kind: Kind, customers: int, days: int) -> tuple[Histories, np.ndarray]:
    """Return order days, and the day from which each customer is gone."""
    chance = np.random.default_rng(11)
    gone = np.full(customers, START + 10 * days)
    rows: list[tuple[int, int, int]] = []
    for number in range(customers):
        mean_gap = math.exp(chance.normal(3.2, 0.5))
        born = START + int(chance.integers(0, days // 2))
        if kind.life:
            gone[number] = born + int(chance.exponential(kind.life))
        rows += [
            (number, day, 1000)
            for day in order_days(kind, chance, mean_gap, born, min(gone[number], START + days))
        ]
    return histories_of(rows), gone


def order_days(kind: Kind, chance: Chance, mean_gap: float, born: int, until: int) -> Iterator[int]:
    at, last = float(born), -1
    while at < until or last < 0:
        if int(at) != last:
            last = int(at)
            yield last
        left = chance.gamma(kind.shape, mean_gap / kind.shape)
        # Busy days bring the next order nearer: the gap is measured in them.
        while left > 0:
            busy = 1 + kind.swing * math.cos(2 * math.pi * (at - START) / 365)
            step = min(left / busy, 1.0)
            at, left = at + step, left - step * busy


@pytest.mark.parametrize("name", KINDS)
def test_it_holds_however_customers_order(name: str) -> None:
    kind = KINDS[name]
    history, _ = made_up(kind, 500, 1000 if kind.swing else 600)
    # A year of origins where there are seasons, at the end of the history in any case.
    first = 480 if kind.swing else 300
    measured = measure(
        history, [START + day for day in range(first, first + (390 if kind.swing else 210), 30)], 90
    )
    scores = measured.counts
    mean, median = scores[MEAN], scores[MEDIAN]
    # Leaving by the calendar rather than after an order, and bursts, are not what the mixture assumes.
    assert abs(mean.bias) < (0.1 if kind.life or kind.shape < 1 else 0.06), mean.bias
    for other, errors in scores.items():
        if other not in (MEAN, MEDIAN):
            slack = 1.02 if other in ("BG/NBD", "own rate x time") else 1.0
            assert mean.rmse(errors) < slack * errors.rmse(), other
            assert median.mae(errors) < slack * errors.mae(), other
    if kind.swing:
        assert mean.rmse() < 0.9 * scores["BG/NBD"].rmse()
    # Days are whole numbers: where nearly all orders come within a few days, 80 % cannot be met exactly.
    assert 0.75 <= measured.coverage <= (0.9 if kind.shape > 5 else 0.86), measured.coverage
    for other, errors in measured.dates.items():
        if other != MODEL:
            assert measured.dates[MODEL].median() <= errors.median(), other


@pytest.mark.parametrize("name", ["dying", "regular and dying", "regular"])
def test_the_chance_of_being_active_is_the_share_that_is(name: str) -> None:
    history, gone = made_up(KINDS[name], 800, 600)
    day = START + 500
    customers, states = states_at(history, day)
    found = forecast(states, refit(history, day, 1), day, 90)
    alive = gone[customers] > day
    assert found.active.mean() == pytest.approx(alive.mean(), abs=0.06)
    sure, doubtful = found.active > 0.8, found.active < 0.2
    assert alive[sure].mean() > 0.8
    if KINDS[name].life:
        assert doubtful.sum() > 50
        assert alive[doubtful].mean() < 0.2
