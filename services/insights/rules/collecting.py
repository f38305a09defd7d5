"""Which money pays which invoice, so that commission is earned when money is collected.

As credit has it, in the order of the documents' own times: a payment pays the invoices it names, otherwise the oldest
due there are. What is left, and what is meant for an invoice that is not there yet, waits in hand and pays the next
ones. A return makes its order's invoices smaller, a write-off leaves less to pay.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from heapq import heappop, heappush

from services.insights.rules.commission import (
    Bill,
    Cause,
    Figures,
    GivenBack,
    Group,
    Key,
    Money,
    WriteOff,
    earned,
)


@dataclass(slots=True)
class _Open:
    """An invoice while money moves."""

    bill: Bill
    returned_minor: int = 0
    returned: dict[str, int] = field(default_factory=dict)
    written_off: int = 0
    settled: int = 0
    paid_by: list[tuple["_InHand", int]] = field(default_factory=list)
    earned: dict[Group, Figures] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return self.bill.amount_minor - self.returned_minor

    @property
    def open(self) -> int:
        return self.kept - self.written_off - self.settled


@dataclass(slots=True)
class _InHand:
    """A payment while money moves."""

    money: Money
    left: int
    pays: dict[str, "_Open"] = field(default_factory=dict)
    meant: dict[str, int] = field(default_factory=dict)

    def free_for(self, invoice_id: str) -> int:
        """What is left and meant for no other invoice."""
        return self.left - sum(part for other, part in self.meant.items() if other != invoice_id)


class Ledger:
    """The documents of one customer in one currency, applied in the order of their times."""

    def __init__(self) -> None:
        self.entries: dict[Key, Figures] = {}
        self._bills: dict[str, _Open] = {}
        self._of_order: dict[str, list[_Open]] = {}
        self._returns: dict[str, list[GivenBack]] = {}
        self._waiting: list[tuple[date, str]] = []
        self._hand: set[tuple[datetime, str]] = set()
        self._money: dict[str, _InHand] = {}
        self._freed: dict[str, int] = {}
        self._touched: dict[str, _Open] = {}

    def bill(self, bill: Bill) -> None:
        """An invoice is issued; money in hand pays it."""
        new = self._bills[bill.invoice_id] = _Open(bill)
        self._of_order.setdefault(bill.order_id, []).append(new)
        if bill.order_id:
            self._shrink(bill.order_id)
        self._pay_oldest()
        self._pay_from_hand(new, new.open)
        self._wait(new)
        self._note(bill.issued_on, "invoice", bill.invoice_id)

    def money(self, money: Money) -> None:
        """A payment comes in."""
        new = self._money[money.payment_id] = _InHand(money, money.amount_minor)
        for invoice_id, part in money.named.items():
            if (bill := self._bills.get(invoice_id)) is None:
                new.meant[invoice_id] = part
            else:
                self._apply(new, bill, part)
        if not money.named:
            self._freed[money.payment_id] = new.left
            self._pay_oldest()
        if new.left > 0:
            self._hand.add((money.at, money.payment_id))
        self._note(money.day, "payment", money.payment_id)

    def take_back(self, money: Money) -> None:
        """A payment bounces: what it paid is open again, and other money in hand pays it."""
        gone = self._money[money.payment_id]
        gone.left = 0
        gone.meant = {}
        reopened = dict.fromkeys(gone.pays, 0)
        for invoice_id, bill in gone.pays.items():
            reopened[invoice_id] = sum(part for payer, part in bill.paid_by if payer is gone)
            bill.settled -= reopened[invoice_id]
            bill.paid_by = [entry for entry in bill.paid_by if entry[0] is not gone]
            self._touched[invoice_id] = bill
        for bill in sorted(gone.pays.values(), key=lambda b: (b.bill.due_on, b.bill.invoice_id)):
            self._pay_from_hand(bill, reopened[bill.bill.invoice_id])
            self._wait(bill)
        assert money.reversed_day is not None
        self._note(money.reversed_day, "reversal", money.payment_id)

    def give_back(self, back: GivenBack) -> None:
        """Goods come back: the invoices of their order are smaller, and what paid for them pays others."""
        self._returns.setdefault(back.order_id, []).append(back)
        self._shrink(back.order_id)
        self._pay_oldest()
        self._note(back.day, "return", back.return_id)

    def write_off(self, given_up: WriteOff) -> None:
        """A part of an invoice is given up: it is no longer waited for, and earns nothing."""
        bill = self._bills.get(given_up.invoice_id)
        if bill is None:
            return
        bill.written_off += given_up.amount_minor
        self._free(bill)
        self._touched[bill.bill.invoice_id] = bill
        self._pay_oldest()
        self._note(given_up.day, "write_off", given_up.write_off_id)

    def _shrink(self, order_id: str) -> None:
        """Take all returns of an order so far from its invoices, the first ones first."""
        back = self._returns.get(order_id, [])
        amount = sum(b.amount_minor for b in back)
        products: dict[str, int] = {}
        for b in back:
            for product_id, minor in b.products.items():
                products[product_id] = products.get(product_id, 0) + minor
        for bill in self._of_order.get(order_id, []):
            bill.returned_minor = min(amount, bill.bill.amount_minor)
            amount -= bill.returned_minor
            for part in bill.bill.parts:
                bill.returned[part.product_id] = taken = min(
                    products.get(part.product_id, 0), part.amount_minor
                )
                products[part.product_id] = products.get(part.product_id, 0) - taken
            self._free(bill)
            self._touched[bill.bill.invoice_id] = bill

    def _free(self, bill: _Open) -> None:
        """Put money that pays more than there is to pay back in hand, the latest first."""
        while bill.open < 0 and bill.paid_by:
            payer, part = bill.paid_by.pop()
            freed = min(part, -bill.open)
            bill.settled -= freed
            if part > freed:
                bill.paid_by.append((payer, part - freed))
            payer.left += freed
            of = payer.money.payment_id
            self._freed[of] = self._freed.get(of, 0) + freed
            self._hand.add((payer.money.at, of))

    def _wait(self, bill: _Open) -> None:
        if bill.open > 0:
            heappush(self._waiting, (bill.bill.due_on, bill.bill.invoice_id))

    def _pay_oldest(self) -> None:
        """Let money that has just become free pay the oldest due invoices, the oldest money first."""
        for payment_id in sorted(self._freed, key=lambda of: (self._money[of].money.at, of)):
            payer, free = self._money[payment_id], self._freed[payment_id]
            while free > 0 and self._waiting:
                bill = self._bills[self._waiting[0][1]]
                free -= self._apply(payer, bill, free)
                if bill.open <= 0:
                    heappop(self._waiting)
        self._freed.clear()

    def _pay_from_hand(self, bill: _Open, amount: int) -> None:
        """Let money in hand pay so much of an invoice: first what is meant for it, then the oldest."""
        invoice_id = bill.bill.invoice_id
        self._hand = {place for place in self._hand if self._money[place[1]].left > 0}
        in_hand = [self._money[payment_id] for _, payment_id in sorted(self._hand)]
        for payer in in_hand:
            if meant := payer.meant.pop(invoice_id, 0):
                amount -= self._apply(payer, bill, min(meant, amount))
        for payer in in_hand:
            amount -= self._apply(payer, bill, min(payer.free_for(invoice_id), amount))

    def _apply(self, payer: _InHand, bill: _Open, most: int) -> int:
        """Let money pay an invoice, up to an amount. Returns how much it paid."""
        part = min(payer.left, bill.open, most)
        if part <= 0:
            return 0
        payer.left -= part
        bill.settled += part
        bill.paid_by.append((payer, part))
        payer.pays[bill.bill.invoice_id] = bill
        self._touched[bill.bill.invoice_id] = bill
        return part

    def _note(self, day: date, cause: Cause, cause_id: str) -> None:
        """Write down by how much what is earned has changed."""
        month = day.replace(day=1)
        for invoice_id, bill in sorted(self._touched.items()):
            now = earned(bill.bill.parts, bill.returned, bill.settled, bill.kept)
            if now == bill.earned:
                continue
            for group in sorted({*now, *bill.earned}):
                before, after = bill.earned.get(group, Figures()), now.get(group, Figures())
                moved = Figures(after[0] - before[0], after[1] - before[1])
                if any(moved) and group.salesperson_id and group.rate_ppm:
                    self.entries[Key(month, invoice_id, cause, cause_id, *group)] = moved
            bill.earned = now
        self._touched.clear()


def commission(
    bills: Iterable[Bill],
    moneys: Iterable[Money],
    returns: Iterable[GivenBack],
    write_offs: Iterable[WriteOff],
) -> dict[Key, Figures]:
    """Return all entries of one customer in one currency; the same for the same documents, however they came."""
    ledger = Ledger()
    for _, _, _, apply in sorted(
        _steps(ledger, bills, moneys, returns, write_offs), key=lambda step: step[:3]
    ):
        apply()
    return ledger.entries


def _steps(
    ledger: Ledger,
    bills: Iterable[Bill],
    moneys: Iterable[Money],
    returns: Iterable[GivenBack],
    write_offs: Iterable[WriteOff],
) -> Iterator[tuple[datetime, int, str, Callable[[], None]]]:
    for bill in bills:
        yield bill.at, 0, bill.invoice_id, partial(ledger.bill, bill)
    for back in returns:
        yield back.at, 1, back.return_id, partial(ledger.give_back, back)
    for given_up in write_offs:
        yield given_up.at, 2, given_up.write_off_id, partial(ledger.write_off, given_up)
    for money in moneys:
        # Taken back before it came: it was never there.
        if money.reversed_at is None or money.reversed_at > money.at:
            yield money.at, 3, money.payment_id, partial(ledger.money, money)
            if money.reversed_at is not None:
                yield money.reversed_at, 4, money.payment_id, partial(ledger.take_back, money)
