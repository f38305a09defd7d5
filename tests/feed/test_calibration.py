"""The simulator's parameters are what the files say."""

from pathlib import Path
from random import Random

import pytest

from deploy.feed.bgnbd import Fit, History, fit
from deploy.feed.calibrate import compare, relative_difference
from deploy.feed.measures import CDNOW_PUBLISHED, cdnow_fit


@pytest.mark.data
def test_parameters_in_use_are_those_measured_on_the_files(data: Path) -> None:
    rows = list(compare(data))
    assert len(rows) > 50
    assert [row for row in rows if relative_difference(row[1], row[2]) > 0.01] == []


@pytest.mark.data
def test_fit_of_the_buying_model_gives_the_published_parameters(data: Path) -> None:
    found = cdnow_fit(data)
    for name in ("r", "alpha", "a", "b"):
        assert getattr(found, name) == pytest.approx(getattr(CDNOW_PUBLISHED, name), rel=0.005)


def test_fit_finds_the_parameters_that_made_the_histories() -> None:
    random, truth = Random(1), Fit(r=0.7, alpha=20.0, a=0.5, b=4.0)
    histories = [_history(random, truth, age=300.0) for _ in range(3_000)]
    found = fit(histories, Fit(1.0, 10.0, 1.0, 1.0))
    assert found.r == pytest.approx(truth.r, rel=0.15)
    assert found.r / found.alpha == pytest.approx(truth.r / truth.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.25)


def _history(random: Random, truth: Fit, age: float) -> History:
    rate = random.gammavariate(truth.r, 1 / truth.alpha)
    leave = random.betavariate(truth.a, truth.b)
    repeats, last = 0, 0.0
    while random.random() >= (leave if repeats else 0):
        following = last + random.expovariate(rate)
        if following > age:
            break
        repeats, last = repeats + 1, following
    return History(repeats, last, age)
