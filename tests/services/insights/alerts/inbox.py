"""Applies events, derives the alerts, and shows what came of it."""

import json
from dataclasses import dataclass
from typing import Any

from contracts.codec import decode
from contracts.envelope import Event
from services.insights.deriving import Deriver
from services.kit.database import Database
from tests.services.insights.events import event
from tests.services.insights.processing import Processing


@dataclass
class Inbox:
    processing: Processing
    database: Database

    async def after(self, *events: Event[Any]) -> dict[str, str]:
        """What is open after these events: key to severity."""
        if events:
            await self.processing.apply(*events)
        await self.derive()
        return {row["key"]: row["severity"] for row in await self.rows("state <> 'resolved'")}

    async def derive(self) -> None:
        await Deriver(self.database).catch_up()

    async def rows(self, where: str = "true", *arguments: Any) -> list[dict[str, Any]]:
        rows = await self.processing.rows("alerts", where, *arguments)
        found = [{**row, "facts": json.loads(row["facts"])} for row in rows]
        return sorted(found, key=lambda row: (row["key"], row["occurrence"]))

    async def row(self, where: str = "true", *arguments: Any) -> dict[str, Any]:
        [row] = await self.rows(where, *arguments)
        return row

    async def steps(self) -> list[str]:
        """Every step of every alert, in order."""
        rows = await self.processing.rows("alert_history")
        return [row["step"] for row in rows]

    async def told(self) -> list[Event[Any]]:
        """The events for the topic, in order."""
        rows = await self.database.pool.fetch(
            "SELECT value FROM outbox WHERE topic = 'alerts' ORDER BY batch_id, position"
        )
        return [decode(row["value"]) for row in rows]


def owes(seq: int, customer_id: str = "C-1", **figures: Any) -> Event[Any]:
    """Credit's snapshot."""
    return event("credit.exposure_changed", customer_id=customer_id, journal_seq=seq, **figures)


def overdue(seq: int, days: int, amount: str = "80.00", customer_id: str = "C-1") -> Event[Any]:
    """A snapshot with something overdue."""
    return owes(seq, customer_id, overdue_amount=amount, overdue_items=1, overdue_days=days)
