"""The business day of the installations under test, which begins at midnight in their time zone, not in UTC."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.kit.settings import Settings

ZONE = ZoneInfo(Settings.model_fields["timezone"].default)


def today() -> date:
    """Ask when it is needed: a day noted while tests are collected may be over when they run."""
    return datetime.now(ZONE).date()
