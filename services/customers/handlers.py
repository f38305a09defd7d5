"""Which event is handled where. A handler checks first, and changes the archive when nothing can be refused."""

from contracts.errors import Conflict
from services.customers.handlers_people import PEOPLE_HANDLERS
from services.customers.handlers_tasks import TASK_HANDLERS
from services.customers.rules.archive import Archive
from services.customers.rules.card import Card, card_of, create, put
from services.customers.rules.changes import change_of
from services.customers.rules.relations import Assignment, Blacklisting, BlacklistStep, judge, replace
from services.customers.rules.standing import count, snapshot_of, tell
from services.kit.processor import Handler
from services.kit.records import Received

_STEPS: dict[str, BlacklistStep] = {
    "customer.blacklisted": "blacklisted",
    "customer.blacklist_lifted": "lifted",
}


def on_created(archive: Archive, received: Received) -> None:
    """A customer was entered; its number cannot be given twice."""
    card = card_of(received.event)
    known = archive.customers.get(card.customer_id)
    if known is not None and known.created is not None:
        if known.created != card.digest:
            raise Conflict(
                "data.customer_id",
                f"customer {card.customer_id!r} was entered with another card; a change is customer.changed",
            )
        return
    _add_card(archive, card, received)
    create(archive.customer(card.customer_id), card)


def on_changed(archive: Archive, received: Received) -> None:
    """A customer's card reads differently from now on."""
    card = card_of(received.event)
    if _add_card(archive, card, received):
        put(archive.customer(card.customer_id), card)


def _add_card(archive: Archive, card: Card, received: Received) -> bool:
    """Add a card to the history; False when it is there already."""
    key = (card.customer_id, card.revision, card.changed_at)
    known = archive.card_digests.get(key)
    if known is not None:
        if known != card.digest:
            raise Conflict(
                "data.revision",
                f"revision {card.revision} of customer {card.customer_id!r} is known with another card at that time",
            )
        return False
    archive.card_digests[key] = card.digest
    archive.cards.append(card)
    archive.note(change_of(received.event, "customer", card.customer_id, "card"))
    return True


def on_assigned(archive: Archive, received: Received) -> None:
    """From a day on a salesperson looks after the customer."""
    event, data = received.event, received.event.data
    told = Assignment(
        data.customer_id, data.from_day, data.salesperson_id, event.occurred_at, event.id, changed=True
    )
    known = archive.assignments.get((data.customer_id, data.from_day))
    if known is None:
        archive.customer(data.customer_id)
        archive.assignments[data.customer_id, data.from_day] = told
        archive.assigned_days.setdefault(data.customer_id, set()).add(data.from_day)
    elif known.assigned_at == told.assigned_at and known.salesperson_id != told.salesperson_id:
        raise Conflict(
            "data.salesperson_id",
            f"{known.salesperson_id!r} was assigned from {data.from_day} on at the very same time",
        )
    else:
        replace(known, told)
    archive.mentioned[data.salesperson_id] = True
    archive.note(change_of(event, "customer", data.customer_id, f"assignment:{data.from_day}"))


def on_blacklist_step(archive: Archive, received: Received) -> None:
    """A customer was blacklisted, or is no longer."""
    event, data = received.event, received.event.data
    told = Blacklisting(
        data.customer_id, event.occurred_at, _STEPS[event.type], data.reason, event.id, event.producer
    )
    key = (told.customer_id, told.at, told.step)
    known = archive.blacklist_reasons.get(key)
    if known is not None:
        if known != told.reason:
            raise Conflict("data.reason", f"another reason was given at the very same time: {known!r}")
        return
    archive.blacklist_reasons[key] = told.reason
    archive.blacklistings.append(told)
    archive.note(change_of(event, "customer", told.customer_id, "blacklist"))
    judge(archive.customer(told.customer_id), told)


def on_exposure_changed(archive: Archive, received: Received) -> None:
    """Credit told a customer's standing."""
    money = snapshot_of(received.event)
    tell(archive.standing(received.event.data.customer_id), received.event, money)


def on_decided(archive: Archive, received: Received) -> None:
    """Credit decided on an order."""
    kind = received.event.type.removeprefix("credit.order_")
    count(archive.standing(received.event.data.customer_id), kind, received.event.occurred_at)


HANDLERS: dict[str, Handler[Archive]] = {
    "customer.created": on_created,
    "customer.changed": on_changed,
    "customer.assigned": on_assigned,
    "customer.blacklisted": on_blacklist_step,
    "customer.blacklist_lifted": on_blacklist_step,
    "credit.exposure_changed": on_exposure_changed,
    "credit.order_approved": on_decided,
    "credit.order_held": on_decided,
    "credit.order_rejected": on_decided,
    "credit.order_released": on_decided,
    **PEOPLE_HANDLERS,
    **TASK_HANDLERS,
}
"""Event type to handler."""
