"""Documents in another currency than the account's: what they count for, and the differences between their rates.

Everything is converted at its own rate, once. Where money meets an invoice of its own currency, it pays it unit for
unit, whatever the two rates are: it then counts at the invoice's rate, and the difference to its own is realised.
Elsewhere it counts at its own rate. What is left of a document is always what its remaining units are worth, so the
last part takes the rest. Nothing is changed here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from contracts.errors import ContractError
from contracts.money import minor_units
from services.credit.rules.context import Context
from services.credit.rules.entries import AnyEntry, CreditTaken, Exchanged
from services.credit.rules.state import Account, Credit, Item
from services.credit.rules.worth import MOST, Own, factor_of, is_finer, units_of, worth


def own_of(account: Account, data: Any, amount: int, *, required: bool = True) -> Own | None:
    """Return a document's own amount and its factor; None: it is in the account's currency.

    Args:
        amount: of the document, in minor units of its currency.
        required: a document in another currency needs a rate; otherwise it has None without one.

    Raises:
        ContractError: when the rate is missing, leads to another currency, or cannot be.
    """
    rate, currency = data.exchange_rate, data.currency
    if rate is None:
        if required and account.seq and currency != account.currency:
            raise ContractError(
                "data.currency",
                f"the account is kept in {account.currency}, not {currency}, and exchange_rate is missing",
            )
        return None
    if data.exchange_to not in (None, account.currency):
        raise ContractError(
            "data.exchange_to",
            f"the account is kept in {account.currency}, the rate leads to {data.exchange_to}",
        )
    if currency == account.currency:
        if Decimal(rate) != 1:
            raise ContractError(
                "data.exchange_rate", f"the account is kept in {currency} itself: 1, not {rate}"
            )
        return None
    if not Decimal(rate):
        raise ContractError("data.exchange_rate", "must be more than 0")
    factor = factor_of(rate, currency, account.currency)
    if worth(amount, factor) > MOST:
        raise ContractError("data.exchange_rate", f"{data.amount} at {rate} is more than can be counted")
    return Own(currency, amount, factor)


@dataclass(slots=True)
class _Units:
    """What is left of a document: ``value`` in the account's currency and, in its own currency, ``units``."""

    currency: str
    factor: str
    value: int
    units: int

    def spend(self, units: int) -> int:
        """Take out units of its own currency; return what they count for."""
        if units <= 0:
            return 0
        rest = 0 if units >= self.units else min(self.value, worth(self.units - units, self.factor))
        if rest <= 1 and units < self.units and is_finer(self.factor):
            # One unit of the account's currency is worth several of these: nothing smaller can be owed.
            rest, units = 0, self.units
        spent = self.value - rest
        self.value, self.units = rest, self.units - units
        return spent

    def lose(self, value: int) -> None:
        """Take out money of another currency."""
        self.value -= value
        self.units = units_of(self.value, self.factor) if self.value else 0


def _owed(item: Item) -> _Units:
    whole = item.open == item.amount
    units = item.own_amount if whole else units_of(item.open, item.factor)
    return _Units(item.own_currency, item.factor, item.open, units)


@dataclass(slots=True)
class Valued:
    """What money in another currency counts for.

    Attributes:
        amount: all of it, in the account's currency.
        named: what of it is meant for which invoice.
        exchange: by invoice, how much more than at its own rate it counts for.
    """

    amount: int
    named: dict[str, int] = field(default_factory=dict)
    exchange: dict[str, int] = field(default_factory=dict)


def valued(account: Account, own: Own, named: dict[str, int], prefers: str | None) -> Valued:
    """Return what foreign money counts for as things stand.

    Args:
        named: the invoices it names, with amounts in its own currency; otherwise it pays ``prefers``, then the oldest.
    """
    purse = _Units(own.currency, own.factor, worth(own.amount, own.factor), own.amount)
    value = Valued(purse.value)
    if named:
        for invoice_id, units in named.items():
            item = account.items.get(invoice_id)
            if item is not None and item.own_currency == own.currency:
                owed = _owed(item)
                paid = min(units, owed.units)
                value.named[invoice_id] = _pay(value, purse, owed, invoice_id, paid) if item.open else 0
                units -= paid if item.open else 0
            value.named[invoice_id] = value.named.get(invoice_id, 0) + _spend(purse, units)
        return value
    for item in _in_turn(account, prefers):
        if not purse.value:
            break
        if item.own_currency == own.currency:
            owed = _owed(item)
            _pay(value, purse, owed, item.invoice_id, min(purse.units, owed.units))
        else:
            purse.lose(min(purse.value, item.open))
    return value


def _pay(value: Valued, purse: _Units, owed: _Units, invoice_id: str, units: int) -> int:
    """Pay units for units; return what they count for on the invoice."""
    cost, paid = _spend(purse, units), owed.spend(units)
    if paid != cost:
        value.exchange[invoice_id] = value.exchange.get(invoice_id, 0) + paid - cost
        value.amount += paid - cost
    return paid


def _spend(purse: _Units, units: int) -> int:
    if units <= 0:
        return 0
    rest = 0 if units >= purse.units else min(purse.value, worth(purse.units - units, purse.factor))
    spent = purse.value - rest
    purse.value, purse.units = rest, max(0, purse.units - units)
    return spent


def _in_turn(account: Account, prefers: str | None) -> Iterator[Item]:
    """Return the open invoices in the order in which money that names none pays them."""
    first = account.items.get(prefers) if prefers is not None else None
    if first is not None and first.open > 0:
        yield first
    for index in (account.overdue_index, account.current_index):
        for _, invoice_id in index:
            if first is None or invoice_id != first.invoice_id:
                yield account.items[invoice_id]


def from_hand(account: Account, invoice_id: str, own: Own) -> dict[str, int]:
    """Return, by credit, how much more money in hand counts for because it pays a new invoice of its own currency.

    The turns are those of :func:`services.credit.rules.allocating.pay_from_hand`.
    """
    if not account.unapplied:
        return {}
    owed = _Units(own.currency, own.factor, worth(own.amount, own.factor), own.amount)
    in_hand = sorted((c for c in account.credits.values() if c.remaining > 0), key=lambda c: (c.at, c.seq))
    more: dict[str, int] = {}
    used: dict[str, int] = {}

    def pay(credit: Credit, most: int) -> None:
        """Pay up to ``most`` of a credit, at its own rate."""
        if most <= 0 or not owed.value:
            return
        if credit.own_currency != own.currency:
            taken = min(most, owed.value)
            owed.lose(taken)
        else:
            purse = _Units(own.currency, credit.factor, most, max(1, units_of(most, credit.factor)))
            if most == credit.amount and not credit.exchange:
                purse.units = credit.own_amount
            units = min(purse.units, owed.units)
            paid = owed.spend(units)
            # Too little to pay anything there.
            taken = _spend(purse, units) if paid else 0
            more[credit.credit_id] = more.get(credit.credit_id, 0) + paid - taken
        used[credit.credit_id] = used.get(credit.credit_id, 0) + taken

    for credit in in_hand:
        pay(credit, min(credit.intents.get(invoice_id, 0), credit.remaining))
    for credit in in_hand:
        others = sum(part for other, part in credit.intents.items() if other != invoice_id)
        pay(credit, credit.remaining - used.get(credit.credit_id, 0) - others)
    return {credit_id: amount for credit_id, amount in more.items() if amount}


def exchanged(
    account: Account, context: Context, invoice_id: str, differences: dict[str, int]
) -> Iterator[AnyEntry]:
    """Realise differences of money in hand."""
    for credit_id, amount in differences.items():
        yield Exchanged(
            customer=account.customer_id,
            seq=account.seq + 1,
            event=context.event,
            at=context.at,
            day=context.day,
            credit=credit_id,
            invoice=invoice_id,
            amount=amount,
        )


def own_parts(allocations: Iterable[Any], currency: str) -> dict[str, int]:
    """Return what a payment names, in minor units of its own currency."""
    parts: dict[str, int] = {}
    for place, part in enumerate(allocations):
        units = minor_units(part.amount, currency, f"data.allocations.{place}.amount")
        parts[part.invoice_id] = parts.get(part.invoice_id, 0) + units
    return parts


def as_valued(entry: CreditTaken, value: Valued) -> CreditTaken:
    """Return the entry of foreign money with what it counts for."""
    return msgspec.structs.replace(
        entry, amount=value.amount, named=value.named, exchange={i: d for i, d in value.exchange.items() if d}
    )
