"""The day that answers call today: the one as of which everything is derived, which a replay or a demo sets."""

from datetime import date

from sqlalchemy import text

from services.insights.store.staleness import COMPANY_DAY
from services.kit.batch import business_day
from services.kit.runtime import Runtime

DAY = text(f"SELECT {COMPANY_DAY}")


async def today_of(runtime: Runtime) -> date:
    """Return that day; by the wall clock before anything has happened."""
    async with runtime.database.engine.connect() as connection:
        day: date | None = await connection.scalar(DAY)
    return day or business_day(runtime.clock.now(), runtime.settings.zone)
