"""Alerts: what is the case for these customers against the alerts that are stored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from services.insights.alert_events import Names, outbox_rows
from services.insights.derivations.derivation import Deriving
from services.insights.rules.alerts.engine import by_key, compare, new_keys
from services.insights.rules.alerts.model import Step
from services.insights.rules.alerts.present import conditions_of, next_day
from services.insights.store.alerts.pictures import read_pictures
from services.insights.store.alerts.rows import count_occurrences, lock_alive, write_steps
from services.insights.store.alerts.settings import thresholds_in_force
from services.insights.store.deliveries import note_deliveries
from services.kit import metrics
from services.kit.database import UnitOfWork


async def derive_alerts(deriving: Deriving) -> Mapping[str, date]:
    """Raise, change and resolve the alerts of these customers: about ten statements, however many there are."""
    connection, day = deriving.unit.connection, deriving.day
    in_force = await thresholds_in_force(connection)
    pictures = await read_pictures(connection, deriving.customer_ids, day)
    conditions = by_key(
        condition
        for picture in pictures.values()
        for condition in conditions_of(picture, day, in_force.thresholds)
    )
    alive = await lock_alive(connection, deriving.customer_ids)
    occurrences = await count_occurrences(connection, new_keys(alive, conditions))
    outcome = compare(alive, conditions, occurrences, in_force.now)
    names = {
        (type_, customer_id): name
        for customer_id, picture in pictures.items()
        for type_, name in picture.names.items()
    }
    if outcome.steps or outcome.refreshed:
        written = await write_steps(connection, outcome.steps, outcome.refreshed)
        await tell(deriving.unit, written, names)
    due = {c: next_day(picture, day, in_force.thresholds) for c, picture in pictures.items()}
    return {customer_id: on for customer_id, on in due.items() if on is not None}


async def tell(unit: UnitOfWork, steps: Sequence[Step], names: Names) -> None:
    """Publish what happened to alerts, and note whom to tell, with the transaction that wrote it."""
    unit.publish_all(outbox_rows(steps, names))
    await note_deliveries(unit.connection, steps)
    raised = Counter((step.alert.kind, step.alert.severity) for step in steps if step.name == "raised")
    for (kind, severity), count in raised.items():
        metrics.ALERTS_RAISED.labels(kind, severity).inc(count)
