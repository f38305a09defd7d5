"""Activating a version of the policy: told to every partition through its stream, where it takes effect in order."""

from collections.abc import Mapping
from datetime import date, datetime

from contracts.codec import MAX_EVENT_BYTES, encode, new_event
from contracts.events.policies import PolicyActivated, PolicyDocument
from services.kit.clock import start_of_day
from services.kit.outbox import OutboxRow
from services.kit.runtime import Runtime

PRODUCER = "credit"
ENVELOPE_BYTES = 4_000


def activation_rows(
    runtime: Runtime,
    version: int,
    document: PolicyDocument,
    *,
    day: date,
    by: str,
    reason: str,
    reached: Mapping[int, date],
) -> list[OutboxRow]:
    """Return what publishes the activation, one event per partition of the clock's topic.

    During a replay of the past (clock "events") its time is the business day that the partition has reached.
    """
    rows = []
    for partition in range(runtime.settings.partitions):
        data = PolicyActivated(
            version=version, partition=partition, effective_from=day, policy=document, reason=reason, by=by
        )
        event = new_event(
            data,
            id=f"policy-{version}-p{partition}",
            occurred_at=_moment(runtime, reached.get(partition, day)),
            key=str(partition),
            producer=PRODUCER,
        )
        rows.append(OutboxRow(data.TOPIC, event.key.encode(), event.id, encode(event), partition=partition))
    return rows


def _moment(runtime: Runtime, reached: date) -> datetime:
    settings = runtime.settings
    return start_of_day(reached, settings.zone) if settings.clock == "events" else runtime.clock.now()


def fits_an_event(document: PolicyDocument) -> bool:
    """Whether a document can travel: the events of all partitions have the same size."""
    return len(document.model_dump_json()) <= MAX_EVENT_BYTES - ENVELOPE_BYTES
