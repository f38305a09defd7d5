"""What salespeople are called, what they did about customers, and what is given up of invoices."""

from contracts.money import minor_units
from services.insights.rules.follow_ups import Salesperson
from services.insights.rules.working import WorkingSet
from services.insights.rules.write_offs import WrittenOff
from services.kit.records import Received


def on_staff(working: WorkingSet, received: Received) -> None:
    """A salesperson's entry now reads as given."""
    data = received.event.data
    entry = Salesperson(
        *(data.salesperson_id, data.revision, received.event.occurred_at, data.name, data.team, data.region),
        *(data.active_from, data.active_to),
    )
    known = working.salespeople.get(entry.salesperson_id)
    if known is None or known.outranks < entry.outranks:
        working.salespeople[entry.salesperson_id] = entry


def on_follow_up_recorded(working: WorkingSet, received: Received) -> None:
    """A customer was followed up, or is to be."""
    data = received.event.data
    on = None if data.happened_at is None else working.day(data.happened_at)
    follow_up = working.follow_up(data.customer_id, data.follow_up_id)
    follow_up.record(received.event.occurred_at, data.salesperson_id, data.how, on, data.alert_id)


def on_follow_up_completed(working: WorkingSet, received: Received) -> None:
    """What a follow-up left to do is done."""
    data = received.event.data
    follow_up = working.follow_up(data.customer_id, data.follow_up_id)
    follow_up.complete(working.day(received.event.occurred_at))


def on_written_off(working: WorkingSet, received: Received) -> None:
    """A part of an invoice is given up: no money will come for it, so nobody earns commission on it."""
    at, data = received.event.occurred_at, received.event.data
    amount = minor_units(data.amount, data.currency, "data.amount")
    found = WrittenOff(
        *(data.customer_id, data.write_off_id, data.invoice_id, data.currency, amount, at, working.day(at))
    )
    key = data.customer_id, data.write_off_id
    known = working.write_offs.get(key)
    if known is None or at < known.written_off_at:
        working.write_offs[key] = found
