"""The only SQL of insights that writes: load what a batch touches, save what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.insights.rules.working import WorkingSet
from services.insights.store.alerts.signals import write_signals
from services.insights.store.load import load_touched
from services.insights.store.save import save_working
from services.insights.store.touched import touched_by
from services.kit.database import Connection, UnitOfWork
from services.kit.records import Received


@dataclass(frozen=True, slots=True)
class InsightsStore:
    """``zone`` decides on which day, and so in which month, a moment falls."""

    zone: ZoneInfo

    async def load(self, connection: Connection, events: Sequence[Received]) -> WorkingSet:
        """Lock the customers of these events and read everything the events touch."""
        return await load_touched(connection, touched_by(events), self.zone)

    async def save(self, unit: UnitOfWork, working: WorkingSet) -> None:
        """Write what changed."""
        await save_working(unit.connection, working)
        await write_signals(unit.connection, working.signals)
