"""When things happen: working days, seasons and hours of the simulated business."""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from deploy.feed.parameters import Seasonality


class Calendar:
    """Calendar of one simulation.

    Orders follow "business time", which runs fast in busy months and on busy weekdays and stands still on
    Sundays; it passes at one unit per calendar day on average. It begins on ``first`` and has no end.
    """

    def __init__(self, seasonality: Seasonality, first: date, zone: ZoneInfo) -> None:
        self._seasonality = seasonality
        self._first = first
        self.zone = zone
        # How much has passed at the start of each day, as far as anybody has asked.
        self._elapsed = [0.0]

    def _pace(self, day: date) -> float:
        return self._seasonality.weekday_index[day.weekday()] * self._seasonality.month_index[day.month - 1]

    def business_time(self, day: date) -> float:
        """Business time at the start of ``day``."""
        number = (day - self._first).days
        while len(self._elapsed) <= number:
            self._one_day_more()
        return self._elapsed[number]

    def day_at(self, business_time: float) -> date:
        """The day on which that business time is reached."""
        while self._elapsed[-1] < business_time:
            self._one_day_more()
        return self._first + timedelta(days=max(bisect_left(self._elapsed, business_time) - 1, 0))

    def _one_day_more(self) -> None:
        day = self._first + timedelta(days=len(self._elapsed) - 1)
        self._elapsed.append(self._elapsed[-1] + self._pace(day))

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
