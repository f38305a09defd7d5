"""When things happen: working days, seasons and hours of the simulated business."""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from deploy.feed.parameters import Seasonality


class Calendar:
    """Calendar of one simulation.

    Orders follow "business time", which runs fast in busy months and on busy weekdays and stands still on
    Sundays; it passes at one unit per calendar day on average.
    """

    def __init__(self, seasonality: Seasonality, first: date, days: int, zone: ZoneInfo) -> None:
        self._seasonality = seasonality
        self._first = first
        self.zone = zone
        pace = [self._pace(first + timedelta(days=n)) for n in range(days)]
        self._elapsed = list(accumulate(pace, initial=0.0))

    def _pace(self, day: date) -> float:
        return self._seasonality.weekday_index[day.weekday()] * self._seasonality.month_index[day.month - 1]

    def business_time(self, day: date) -> float:
        """Business time at the start of ``day``."""
        return self._elapsed[min((day - self._first).days, len(self._elapsed) - 1)]

    def day_at(self, business_time: float) -> date | None:
        """The day on which that business time is reached, None after the end."""
        index = bisect_left(self._elapsed, business_time)
        return self._first + timedelta(days=max(index - 1, 0)) if index < len(self._elapsed) else None

    def is_working(self, day: date) -> bool:
        """Whether goods are shipped and banks are open."""
        return day.weekday() < 5

    def working_day(self, day: date) -> date:
        """``day`` itself or the next working day."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def order_moment(self, day: date, random: Random) -> datetime:
        """A moment of the day at which customers order."""
        shares = self._seasonality.hour_share
        hour = random.choices(range(len(shares)), shares)[0] + self._seasonality.first_hour
        return self.moment(day, hour, random.randrange(3600))

    def office_moment(self, day: date, random: Random) -> datetime:
        """A moment between nine and five."""
        return self.moment(day, 9, random.randrange(8 * 3600))

    def moment(self, day: date, hour: int, second: int = 0) -> datetime:
        """``second`` seconds after ``hour`` o'clock."""
        return datetime.combine(day, time(hour), self.zone) + timedelta(seconds=second)
