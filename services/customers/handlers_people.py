"""Which event about salespeople, follow-ups, satisfaction and prospects is handled where."""

from datetime import date, datetime
from hashlib import blake2b

from contracts.errors import Conflict
from contracts.events import EventData
from services.customers.rules.archive import Archive, Outgoing
from services.customers.rules.changes import change_of
from services.customers.rules.follow_ups import (
    FollowUp,
    check_subject,
    complete,
    is_due,
    record,
    reschedule,
    subject_of,
    tell_due,
)
from services.customers.rules.prospects import (
    Prospect,
    convert,
    enter_prospect,
    lose,
    put_prospect,
    regrade,
)
from services.customers.rules.satisfaction import satisfaction_of
from services.customers.rules.staff import enter_staff, put_staff
from services.kit.processor import Handler
from services.kit.records import Received


def on_staff_entered(archive: Archive, received: Received) -> None:
    """A salesperson was entered; their number cannot be given twice."""
    event = received.event
    person = archive.salesperson(event.data.salesperson_id)
    if not enter_staff(person, event):
        return
    archive.note(change_of(event, "staff", person.salesperson_id, "entry"))


def on_staff_changed(archive: Archive, received: Received) -> None:
    """A salesperson's entry reads differently from now on."""
    event = received.event
    person = archive.salesperson(event.data.salesperson_id)
    put_staff(person, event)
    archive.note(change_of(event, "staff", person.salesperson_id, "entry"))


def on_satisfaction(archive: Archive, received: Received) -> None:
    """A customer said how satisfied it is."""
    told = satisfaction_of(received.event)
    known = archive.satisfaction_digests.get(told.satisfaction_id)
    if known is not None:
        if known != told.digest:
            raise Conflict("data.satisfaction_id", f"{told.satisfaction_id!r} was recorded with another body")
        return
    archive.satisfaction_digests[told.satisfaction_id] = told.digest
    archive.satisfactions.append(told)
    archive.customer(told.customer_id)


def on_follow_up_recorded(archive: Archive, received: Received) -> None:
    """Somebody was followed up, or is to be."""
    follow_up = _follow_up(archive, received)
    if not record(follow_up, received.event):
        return
    archive.follow_ups[follow_up.follow_up_id] = follow_up
    archive.mentioned[follow_up.salesperson_id] = True
    _note(archive, received)
    _tell_if_due(archive, follow_up, received, received.day)


def on_follow_up_completed(archive: Archive, received: Received) -> None:
    """What a follow-up left to do is done."""
    follow_up = _follow_up(archive, received)
    complete(follow_up, received.event)
    archive.follow_ups[follow_up.follow_up_id] = follow_up
    _note(archive, received)


def on_follow_up_rescheduled(archive: Archive, received: Received) -> None:
    """Somebody is to be reminded on another day."""
    follow_up = _follow_up(archive, received)
    reschedule(follow_up, received.event)
    archive.follow_ups[follow_up.follow_up_id] = follow_up
    _note(archive, received)
    _tell_if_due(archive, follow_up, received, received.day)


def on_day_started(archive: Archive, received: Received) -> None:
    """A day began: what is due on it in this partition is told."""
    partition = received.record.partition
    for follow_up in archive.follow_ups.values():
        if follow_up.partition == partition:
            _tell_if_due(archive, follow_up, received, received.event.data.day)


def _follow_up(archive: Archive, received: Received) -> FollowUp:
    """Return the follow-up, or a new one that is not in the archive yet: a refused event leaves no trace."""
    event = received.event
    follow_up = archive.follow_ups.get(event.data.follow_up_id)
    if follow_up is None:
        return FollowUp(event.data.follow_up_id, *subject_of(event), received.record.partition)
    check_subject(follow_up, event)
    return follow_up


def _note(archive: Archive, received: Received) -> None:
    event = received.event
    customer_id, prospect_id = subject_of(event)
    part = f"follow_up:{event.data.follow_up_id}"
    if customer_id is not None:
        archive.customer(customer_id)
        archive.note(change_of(event, "customer", customer_id, part))
    elif prospect_id is not None:
        archive.note(change_of(event, "prospect", prospect_id, part))


def _tell_if_due(archive: Archive, follow_up: FollowUp, received: Received, day: date) -> None:
    if is_due(follow_up, day):
        told = tell_due(follow_up)
        key = follow_up.customer_id or follow_up.prospect_id
        assert key is not None
        _send(archive, told, key, received.event.occurred_at, "due", follow_up.follow_up_id, told.remind_on)


def _send(archive: Archive, told: EventData, key: str, at: datetime, what: str, *facts: object) -> None:
    name = blake2b(repr(facts).encode(), digest_size=16).hexdigest()
    archive.outgoing.append(Outgoing(f"{what}-{name}", key, at, told))


def on_prospect_entered(archive: Archive, received: Received) -> None:
    """A prospect was entered; its number cannot be given twice."""
    event = received.event
    prospect_id = event.data.prospect_id
    prospect = archive.prospects.get(prospect_id) or Prospect(prospect_id)
    in_force = enter_prospect(prospect, event)
    archive.prospects[prospect_id] = prospect
    _carded(archive, received, in_force)


def on_prospect_changed(archive: Archive, received: Received) -> None:
    """A prospect's card reads differently from now on."""
    event = received.event
    prospect_id = event.data.prospect_id
    prospect = archive.prospects.get(prospect_id) or Prospect(prospect_id)
    in_force = put_prospect(prospect, event)
    archive.prospects[prospect_id] = prospect
    _carded(archive, received, in_force)


def _carded(archive: Archive, received: Received, in_force: bool) -> None:
    event = received.event
    prospect = archive.prospects[event.data.prospect_id]
    archive.note(change_of(event, "prospect", prospect.prospect_id, "card"))
    if event.data.salesperson_id is not None:
        archive.mentioned[event.data.salesperson_id] = True
    if in_force and archive.policy is not None:
        grade_prospect(archive, prospect.prospect_id, event.occurred_at)


def grade_prospect(archive: Archive, prospect_id: str, at: datetime) -> None:
    """Grade a prospect by the policy in force, and tell its grade, as of a moment."""
    assert archive.policy is not None
    version, policy = archive.policy
    prospect = archive.prospects[prospect_id]
    told = regrade(prospect, version, policy)
    if told is not None:
        facts = prospect_id, prospect.revision, version, prospect.changed_at
        _send(archive, told, prospect_id, at, "grade", *facts)


def on_prospect_converted(archive: Archive, received: Received) -> None:
    """A prospect became a customer."""
    event = received.event
    convert(archive.prospect(event.data.prospect_id), event)
    archive.note(change_of(event, "prospect", event.data.prospect_id, "conversion"))


def on_prospect_lost(archive: Archive, received: Received) -> None:
    """A prospect will not become a customer."""
    event = received.event
    lose(archive.prospect(event.data.prospect_id), event)
    archive.note(change_of(event, "prospect", event.data.prospect_id, "loss"))


PEOPLE_HANDLERS: dict[str, Handler[Archive]] = {
    "staff.entered": on_staff_entered,
    "staff.changed": on_staff_changed,
    "satisfaction.recorded": on_satisfaction,
    "follow_up.recorded": on_follow_up_recorded,
    "follow_up.completed": on_follow_up_completed,
    "follow_up.rescheduled": on_follow_up_rescheduled,
    "prospect.follow_up_recorded": on_follow_up_recorded,
    "prospect.follow_up_completed": on_follow_up_completed,
    "prospect.follow_up_rescheduled": on_follow_up_rescheduled,
    "clock.day_started": on_day_started,
    "prospect.entered": on_prospect_entered,
    "prospect.changed": on_prospect_changed,
    "prospect.converted": on_prospect_converted,
    "prospect.lost": on_prospect_lost,
}
"""Event type to handler."""
