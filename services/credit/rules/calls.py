"""Whom to call: what a call is expected to bring in, by the forecast of when each invoice will be paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.credit.rules.habits import Forecast, Habit, Population, chance_within, forecast
from services.credit.rules.risk_policy import RiskPolicy

SHOWN = 5
"""Invoices named per customer."""


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice with something to pay; ``open`` in minor units."""

    invoice_id: str
    due_on: date
    open: int


@dataclass(frozen=True, slots=True)
class InvoiceCall:
    """What a call does for one invoice: chances 0 to 1 within the policy's horizon, ``gain`` in minor units."""

    invoice_id: str
    due_on: date
    open: int
    expected_on: date
    latest_on: date
    chance: float
    chance_called: float
    gain: int


@dataclass(frozen=True, slots=True)
class Call:
    """What a call to a customer is expected to bring in. Money in minor units.

    Attributes:
        value: expected recovery: what the call adds to the money expected within the horizon.
        amount: open on the invoices to talk about.
        invoices: the ones that matter most, at most :data:`SHOWN`; ``count`` is of all.
    """

    value: int
    amount: int
    count: int
    overdue_count: int
    overdue_amount: int
    oldest_days: int
    invoices: tuple[InvoiceCall, ...]


def payment_days(
    habit: Habit, population: Population, due_on: date, day: date
) -> tuple[date, date, date, Forecast]:
    """Return the expected day of payment, the ends of its 80 % interval, and the same in days late."""
    found = forecast(habit, population, (day - due_on).days)
    expected, earliest, latest = (
        _day(due_on, late) for late in (found.expected, found.earliest, found.latest)
    )
    return expected, earliest, latest, found


def _day(due_on: date, late: int) -> date:
    return date.fromordinal(min(max(due_on.toordinal() + late, 1), date.max.toordinal()))


def call_of(
    invoices: Iterable[OpenInvoice], habit: Habit, population: Population, policy: RiskPolicy, day: date
) -> Call:
    """Return what a call to a customer is expected to bring in: about what is overdue or falls due soon.

    A called customer is ``call_effect`` times as likely to pay on any day as one who is not, so of the chance ``1 - s``
    to pay within the horizon a call makes ``1 - s ** call_effect``. Who pays anyway gains nothing by a call, and
    neither does who will not pay for long: the difference is largest in between.
    """
    until = day + timedelta(days=policy.due_soon_days)
    effect = float(policy.call_effect)
    found: list[InvoiceCall] = []
    for invoice in invoices:
        if invoice.due_on > until:
            continue
        late = (day - invoice.due_on).days
        chance = chance_within(habit, population, late, policy.call_horizon_days)
        called = 1 - (1 - chance) ** effect
        expected, _, latest, _ = payment_days(habit, population, invoice.due_on, day)
        gain = round(invoice.open * (called - chance))
        found.append(
            InvoiceCall(
                invoice.invoice_id, invoice.due_on, invoice.open, expected, latest, chance, called, gain
            )
        )
    found.sort(key=lambda call: (-call.gain, call.due_on, call.invoice_id))
    overdue = [call for call in found if call.due_on < day]
    return Call(
        value=sum(call.gain for call in found),
        amount=sum(call.open for call in found),
        count=len(found),
        overdue_count=len(overdue),
        overdue_amount=sum(call.open for call in overdue),
        oldest_days=max(((day - call.due_on).days for call in overdue), default=0),
        invoices=tuple(found[:SHOWN]),
    )
