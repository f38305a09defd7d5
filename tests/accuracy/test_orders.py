"""What is promised of the forecasts of orders holds on real orders (``make accuracy`` prints the whole table)."""

from datetime import date

import polars as pl
import pytest

from deploy.feed.data_folder import DataMissing
from services.insights.forecasting import Histories, states_at
from tests.accuracy import bgnbd, usual
from tests.accuracy.order_data import cdnow_purchases, histories, months, uci_lines, wwi_lines
from tests.accuracy.orders import FIRST, MEAN, MEDIAN, MODEL, Measured, Scores, measure

pytestmark = pytest.mark.data

LAST = date(2011, 4, 1)


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    try:
        return uci_lines()
    except DataMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def uci(lines: pl.DataFrame) -> Measured:
    return measure(histories(lines), months(FIRST, LAST), 90)


@pytest.fixture(scope="module")
def cdnow() -> Histories:
    try:
        return histories(cdnow_purchases())
    except DataMissing as error:
        pytest.skip(str(error))


def better(scores: Scores, in_mean: float, in_median: float) -> None:
    """Each baseline is beaten by the mean in RMSE and by the median in MAE, by the shares given."""
    for name, errors in scores.items():
        if name not in (MEAN, MEDIAN):
            assert scores[MEAN].rmse(errors) < (1 - in_mean) * errors.rmse(), name
            assert scores[MEDIAN].mae(errors) < (1 - in_median) * errors.mae(), name


def test_order_counts_of_shops(uci: Measured) -> None:
    """A year of monthly origins, the next 90 days, all customers."""
    assert len(uci.counts[MEAN].errors) == 12
    better(uci.counts, 0.02, 0.15)
    assert abs(uci.counts[MEAN].bias) < 0.05


def test_next_order_day_of_shops(uci: Measured) -> None:
    for name, errors in uci.dates.items():
        if name != MODEL:
            assert uci.dates[MODEL].median() < 0.85 * errors.median(), name
            assert uci.dates[MODEL].mae() < 0.9 * errors.mae(), name
    assert 0.75 <= uci.coverage <= 0.85


def test_amounts_of_shops(uci: Measured) -> None:
    own = uci.amounts["own mean"]
    assert uci.amounts["ours, mean"].rmse() < own.rmse()
    assert uci.amounts["ours, mean"].mae() < own.mae()
    assert uci.amounts["ours, typical"].mae() < 0.98 * own.mae()
    naive = uci.totals["own rate x own mean"]
    assert uci.totals[MODEL].rmse() < 0.6 * naive.rmse()
    assert uci.totals[MODEL].mae() < 0.93 * naive.mae()


def test_a_month_of_shops(lines: pl.DataFrame) -> None:
    """Every third origin, the next 30 days."""
    scores = measure(histories(lines), months(FIRST, date(2011, 6, 1))[::3], 30).counts
    better(scores, 0.0, 0.10)


def test_cdnow(cdnow: Histories) -> None:
    better(measure(cdnow, [date(1997, 9, 30).toordinal()], 273).counts, 0.0, 0.12)


def test_where_all_is_chance_no_harm_is_done() -> None:
    try:
        wwi = histories(wwi_lines())
    except DataMissing as error:
        pytest.skip(str(error))
    last = int(wwi.day.max())
    scores = measure(wwi, [last - 30 * back for back in range(6, 0, -1)], 30).counts
    others = [errors for name, errors in scores.items() if name not in (MEAN, MEDIAN)]
    assert scores[MEAN].rmse() < 1.01 * min(errors.rmse() for errors in others)
    assert scores[MEDIAN].mae() < 1.01 * min(errors.mae() for errors in others)


def test_the_baseline_is_the_published_model(cdnow: Histories) -> None:
    """Fader, Hardie & Lee 2005, table 2: time in weeks."""
    day = date(1997, 9, 30).toordinal()
    _, states = states_at(cdnow, day)
    assert len(states) == 2357
    r, alpha, a, b = bgnbd.fit(states, day)
    assert r == pytest.approx(0.243, abs=0.001)
    assert alpha == pytest.approx(4.414, abs=0.02)
    assert a == pytest.approx(0.793, abs=0.01)
    assert b == pytest.approx(2.426, abs=0.04)


def test_products_of_shops(lines: pl.DataFrame) -> None:
    scores, came, _ = usual.measure(lines, date(2010, 6, 1).toordinal())
    ours = scores[usual.OURS]
    for name in (usual.LAST, usual.MEAN):
        assert ours.absolute < 0.9 * scores[name].absolute, name
        assert ours.squared < scores[name].squared, name
    assert abs(ours.forecast / came - 1) < 0.2
