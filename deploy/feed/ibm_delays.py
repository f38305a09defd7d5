"""Payments made up from the real delays of the IBM receivables file, for sources that have none (semi-synthetic)."""

from datetime import datetime, time, timedelta
from hashlib import blake2b
from heapq import heappop, heappush
from pathlib import Path

import polars as pl

from contracts.events.payments import Allocation, PaymentReceived
from contracts.money import decimal_string
from deploy.feed.data_folder import IBM, table
from deploy.feed.source import Events, make


def delays_by_customer(folder: Path | None = None) -> list[list[int]]:
    """Days from due date to settlement (negative: early), one list per customer of the file."""
    late = (pl.col("SettledDate") - pl.col("DueDate")).dt.total_days().alias("late")
    rows = table(IBM, folder).sort("customerID", "invoiceNumber").select("customerID", late)
    return rows.group_by("customerID", maintain_order=True).agg("late")["late"].to_list()


def _pick(text: str, choices: int) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) % choices


class IbmPayments:
    """Each customer pays like one customer of the file; each invoice with one of that customer's delays."""

    def __init__(self, folder: Path | None, currency: str, term_days: int, producer: str) -> None:
        self._delays = delays_by_customer(folder)
        self._currency = currency
        self._term_days = term_days
        self._producer = producer
        self._due: list[tuple[datetime, str, str]] = []
        self._open_minor: dict[str, int] = {}

    def invoiced(self, customer_id: str, invoice_id: str, amount_minor: int, at: datetime) -> None:
        """Schedule the payment of an invoice."""
        habit = self._delays[_pick(customer_id, len(self._delays))]
        days = max(1, self._term_days + habit[_pick(invoice_id, len(habit))])
        # Half past a minute: invoices of the file come on whole minutes, so no payment ties with one.
        pay_at = datetime.combine(at.date() + timedelta(days=days), time(10, at.minute, 30), at.tzinfo)
        self._open_minor[invoice_id] = amount_minor
        heappush(self._due, (pay_at, invoice_id, customer_id))

    def credited(self, invoice_id: str, amount_minor: int) -> None:
        """Take a credit note off what will be paid."""
        if invoice_id in self._open_minor:
            self._open_minor[invoice_id] -= amount_minor

    def before(self, moment: datetime) -> Events:
        """Yield the payments that come before ``moment``."""
        while self._due and self._due[0][0] < moment:
            at, invoice_id, customer_id = heappop(self._due)
            open_minor = self._open_minor.pop(invoice_id)
            if open_minor <= 0:
                continue
            amount = decimal_string(open_minor, self._currency)
            body = PaymentReceived(
                payment_id=f"pay-{invoice_id}",
                customer_id=customer_id,
                currency=self._currency,
                amount=amount,
                method="bank transfer (made up)",
                allocations=[Allocation(invoice_id=invoice_id, amount=amount)],
            )
            yield make(body, f"pay-{invoice_id}-received", at, self._producer)
