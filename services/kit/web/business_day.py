"""The day that pages call today: the business day the service has reached, which a replay or a demo sets."""

from datetime import date

from sqlalchemy import func, select

from services.kit.batch import business_day
from services.kit.runtime import Runtime
from services.kit.tables import partition_days


async def reached_day_of(runtime: Runtime) -> date | None:
    """Return the latest business day that has begun on any partition; None: the service has heard of none."""
    async with runtime.database.engine.connect() as connection:
        reached: date | None = await connection.scalar(select(func.max(partition_days.c.day)))
    return reached


async def business_day_of(runtime: Runtime) -> date:
    """Return the latest business day that has begun on any partition; by the wall clock before the first."""
    return await reached_day_of(runtime) or business_day(runtime.clock.now(), runtime.settings.zone)
