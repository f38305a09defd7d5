"""A courier whose time the test sets, and recipients with channels that lead to a server of the test."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.insights.delivery.allowed import Allowed
from services.insights.delivery.courier import Courier
from services.insights.delivery.sending import Sender
from services.kit.database import Database
from services.kit.settings import Settings
from tests.services.insights.delivery.outside import Outside

RECIPIENT: dict[str, Any] = {
    "language": "en",
    "timezone": "Asia/Shanghai",
    "quiet_from": None,
    "quiet_until": None,
    "breaks_through": True,
    "digest_minutes": 0,
    "digest_count": 50,
}


@dataclass
class Post:
    database: Database
    server: Outside
    deadline_s: float = 5.0
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def courier(self) -> Courier:
        settings = {
            "database_url": "postgresql://u@h/d",
            "delivery_hosts": self.server.origin,
            "delivery_networks": "127.0.0.0/8",
        }
        allowed = Allowed.by(Settings.model_validate(settings))
        return Courier(self.database, Sender(allowed, deadline_s=self.deadline_s), lambda: self.now)

    async def add(self, name: str = "S-1", min_rank: int = 0, scope: str = "people", **fields: Any) -> None:
        values = RECIPIENT | fields
        async with self.database.unit_of_work() as unit:
            await unit.connection.execute(
                f"""INSERT INTO recipients (scope, name, {", ".join(values)}, set_by, set_at)
                    VALUES ($1, $2, {", ".join(f"${n + 3}" for n in range(len(values)))}, 'test', now())""",
                scope,
                name,
                *values.values(),
            )
            await unit.connection.execute(
                """INSERT INTO channels (channel_id, scope, name, kind, address, secret, place, fingerprint,
                                         min_rank, active, set_by, set_at)
                   VALUES ($1, $2, $3, 'webhook', $4, '', '', '', $5, true, 'test', now())""",
                f"channel-{name}",
                scope,
                name,
                f"{self.server.origin}/{name}",
                min_rank,
            )

    async def serve(self, *, later_s: float = 0) -> None:
        """Send what is due, and let some time pass before."""
        self.now = max(self.now, datetime.now(UTC)) + timedelta(seconds=later_s)
        courier = self.courier()
        try:
            while await courier.step():
                pass
        finally:
            courier.close()

    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.server.seen]

    async def states(self) -> list[str]:
        rows = await self.database.pool.fetch("SELECT state FROM deliveries ORDER BY delivery_id")
        return [row["state"] for row in rows]

    async def deliveries(self) -> list[dict[str, Any]]:
        rows = await self.database.pool.fetch("SELECT * FROM deliveries ORDER BY delivery_id")
        return [dict(row) for row in rows]
