"""What insights finds out about a customer plans a follow-up of its salesperson."""

from dataclasses import replace

from contracts.codec import decode, encode, new_event
from services.customers.handlers_people import on_follow_up_recorded
from services.customers.rules.archive import Archive, Outgoing
from services.customers.rules.tasks import TASK_TYPES, cause_of, task_id, task_of
from services.kit.processor import Handler
from services.kit.records import Received

_PRODUCER = "customers"


def on_found_out(archive: Archive, received: Received) -> None:
    """A customer fell a class, or is dormant: whoever looks after it today gets one follow-up to do.

    Nobody gets one for a customer that nobody looks after.
    """
    event, policy = received.event, archive.tasks
    archive.customer(event.data.customer_id)
    known = archive.follow_ups.get(task_id(event))
    if policy is None or (known is not None and known.recorded is not None):
        return
    cause = cause_of(event, policy, received.day)
    owner = archive.owner_on(event.data.customer_id, received.day) or event.data.owner_id
    if cause is None or owner is None:
        return
    task = task_of(event, cause, owner, policy, received.day)
    told = new_event(
        task, id=task.follow_up_id, occurred_at=event.occurred_at, key=task.customer_id, producer=_PRODUCER
    )
    # As it will come back from the broker, so that it is the same then.
    on_follow_up_recorded(archive, replace(received, event=decode(encode(told))))
    archive.outgoing.append(Outgoing(told.id, told.key, told.occurred_at, task))


TASK_HANDLERS: dict[str, Handler[Archive]] = dict.fromkeys(TASK_TYPES, on_found_out)
"""Event type to handler."""
