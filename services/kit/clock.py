"""Time as an argument, and the business day as an event."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from services.kit.runtime import Runtime


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time, with its offset."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until somebody sets it."""

    moment: datetime

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self.moment


async def day_ticker(runtime: "Runtime") -> None:
    """Publish ``clock.day_started`` for each partition whenever a business day begins; runs until cancelled.

    Belongs to the background of the service that owns topic ``clock``. It catches up on days missed since
    ``partition_days``, one by one. With ``settings.clock == "events"`` days come from a replay and it does nothing.
    """
    raise NotImplementedError
