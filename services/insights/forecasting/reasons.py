"""Why the next order is expected when it is: the numbers that the day follows from."""

import math
from dataclasses import dataclass
from datetime import date

from services.insights.forecasting.population import Population
from services.insights.forecasting.seasons import YEAR

REGULAR, FAIR = 0.35, 0.8
"""Standard deviations of log gaps: below, gaps are within about a third, or a factor of two, of the usual one."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """Gaps are geometric means, in days.

    Attributes:
        own_gap: between the customer's own order days; None with fewer than two.
        population_gap: of all customers.
        own_percent: weight of the own gaps against the population's.
        usual_gap: both by that weight: what the forecast takes for usual.
        regularity: "regular", "fairly regular" or "irregular"; None with fewer than three order days.
        silence: days since the last order day.
        season_percent: orders on the expected day of the year against an average day; None: no season is known.
            It moves the number of orders expected; the day itself follows from the gaps alone.
    """

    own_gap: float | None
    population_gap: float
    own_percent: int
    usual_gap: float
    regularity: str | None
    silence: int
    season_percent: int | None


def reasons(
    gap_sums: tuple[int, float, float], last: date, forecast_on: date, expected: date, population: Population
) -> Reasons:
    """Say why; ``gap_sums`` are order days, sum of log gaps and of their squares."""
    days, log_gaps, squares = gap_sums
    count, prior = days - 1, population.gaps
    season = population.season
    index = None if season.index is None else season.index[(expected.toordinal() - season.anchor) % YEAR]
    return Reasons(
        own_gap=math.exp(log_gaps / count) if count else None,
        population_gap=math.exp(prior.mean),
        own_percent=round(100 * count / (prior.worth + count)),
        usual_gap=math.exp((prior.worth * prior.mean + log_gaps) / (prior.worth + count)),
        regularity=_regularity(count, log_gaps, squares),
        silence=(forecast_on - last).days,
        season_percent=None if index is None else round(100 * index),
    )


def _regularity(count: int, log_gaps: float, squares: float) -> str | None:
    if count < 2:
        return None
    deviation = math.sqrt(max(squares - log_gaps**2 / count, 0.0) / (count - 1))
    return "regular" if deviation < REGULAR else "fairly regular" if deviation < FAIR else "irregular"
