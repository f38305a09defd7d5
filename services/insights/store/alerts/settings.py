"""Thresholds in their versions. The highest one is in force."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.thresholds import DELIVERED, Thresholds, read_thresholds, thresholds_body
from services.kit.database import Connection


@dataclass(frozen=True, slots=True)
class InForce:
    """Thresholds and their version, 0 for those that the software is delivered with; ``now`` is the database's time."""

    version: int
    thresholds: Thresholds
    now: datetime


async def thresholds_in_force(connection: Connection) -> InForce:
    """Return the thresholds in force. A field that a later version of the software added is as delivered."""
    row: Any = await connection.fetchrow(
        """SELECT now() AS now, s.version, s.body FROM (VALUES (1)) AS one
           LEFT JOIN LATERAL (SELECT version, body FROM alert_settings ORDER BY version DESC LIMIT 1) AS s ON true"""
    )
    if row["version"] is None:
        return InForce(0, DELIVERED, row["now"])
    return InForce(row["version"], read_thresholds(json.loads(row["body"]), KINDS), row["now"])


async def add_version(
    connection: Connection, version: int, thresholds: Thresholds, *, reason: str, by: str, at: datetime
) -> None:
    """Write a version of the thresholds."""
    await connection.execute(
        "INSERT INTO alert_settings (version, body, reason, set_by, set_at) VALUES ($1, $2::jsonb, $3, $4, $5)",
        version,
        json.dumps(thresholds_body(thresholds)),
        reason,
        by,
        at,
    )
