"""Scores kept forecasts when their months are over, measures how good they are, and deletes what is old."""

import math
import time
from datetime import date, timedelta

from services.insights.rules.windows import month_after
from services.insights.store.accuracy_reads import accuracy_between
from services.insights.store.kept_forecasts import purge_forecasts, settle_months
from services.insights.store.staleness import company_day
from services.kit import metrics
from services.kit.database import Database
from services.kit.housekeeping import every
from services.kit.runtime import Runtime

LOOK_EVERY_S = 30.0
MEASURE_EVERY_S = 600.0
"""The gauges are of a month; measuring reads all forecasts of it, seconds for 100,000 customers."""
MONTHS_PER_STEP = 5_000
MEASURED_DAYS = 30


async def settle(database: Database) -> int:
    """Score the forecasts of all months that are over. Returns how many."""
    settled = 0
    while True:
        async with database.unit_of_work() as unit:
            day = await company_day(unit.connection)
            found = 0 if day is None else await settle_months(unit.connection, day, MONTHS_PER_STEP)
        settled += found
        if found < MONTHS_PER_STEP:
            return settled


async def measure(database: Database) -> None:
    """Set the gauges: next orders that came in the last 30 days, and the last month that is over."""
    async with database.unit_of_work() as unit:
        day = await company_day(unit.connection)
        if day is None:
            return
        recent = await accuracy_between(unit.connection, day - timedelta(days=MEASURED_DAYS - 1), day)
        month = month_after(day, -1)
        months = await accuracy_between(unit.connection, month, month)
    for rows, about in ((recent, "next_order"), (months, "month")):
        for row in rows:
            if not row["about"].startswith(about):
                continue
            labels = (row["about"], row["method"], row["currency"])
            if row["error_share"] is not None:
                metrics.FORECAST_ERROR.labels(*labels).set(float(row["error_share"]))
            if row["coverage"] is not None:
                metrics.FORECAST_COVERAGE.labels(row["currency"]).set(float(row["coverage"]))
                metrics.FORECASTS_SCORED.labels(row["currency"]).set(row["n"])


async def purge(database: Database, retention_days: int) -> None:
    """Delete forecasts past their retention, by the company's day."""
    async with database.unit_of_work() as unit:
        day: date | None = await company_day(unit.connection)
        if day is not None:
            await purge_forecasts(unit.connection, day - timedelta(days=retention_days))


async def keep_scored(runtime: Runtime) -> None:
    """Score, measure and purge until cancelled."""
    measured = -math.inf

    async def work(of: Runtime) -> None:
        nonlocal measured
        settled = await settle(of.database)
        if settled or time.monotonic() - measured >= MEASURE_EVERY_S:
            await measure(of.database)
            measured = time.monotonic()
        await purge(of.database, of.settings.forecast_retention_days)

    await every(LOOK_EVERY_S, runtime, work)
