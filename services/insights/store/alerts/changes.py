"""The history as a stream: what happened after a number, each with the alert as it is now."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.insights.store.alerts.names import name_of
from services.insights.tables_alerts import alert_history, alerts
from services.kit.database import Database

_before = alert_history.alias("before")
_OF_STEP = ("seq", "step", "at", "by", "reason")
_CHANGES = (
    select(
        *(alert_history.c[name] for name in _OF_STEP),
        *(column for column in alerts.c if column.name not in _OF_STEP),
        name_of().label("customer_name"),
        _before.c.owner_id.label("was_owner_id"),
        _before.c.owner_role.label("was_owner_role"),
    )
    .join(alerts, alerts.c.alert_id == alert_history.c.alert_id)
    .outerjoin(
        _before,
        (_before.c.alert_id == alert_history.c.alert_id) & (_before.c.version == alert_history.c.version - 1),
    )
    .order_by(alert_history.c.seq)
)


async def latest_number(database: Database, connection: AsyncConnection | None = None) -> int:
    """Return the number of the last step there is, 0 before the first."""
    statement = select(func.coalesce(func.max(alert_history.c.seq), 0))
    if connection is not None:
        return int((await connection.execute(statement)).scalar_one())
    async with database.engine.connect() as opened:
        return int((await opened.execute(statement)).scalar_one())


async def read_changes(database: Database, after: int, most: int) -> list[dict[str, Any]]:
    """Return the steps after a number, in order: the first ``most`` of them."""
    statement = _CHANGES.where(alert_history.c.seq > after).limit(most)
    async with database.engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]
