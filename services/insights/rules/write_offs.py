"""What was given up of invoices, as events say it."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """A write-off; of two under one id the earlier holds."""

    customer_id: str
    write_off_id: str
    invoice_id: str
    currency: str
    amount_minor: int
    written_off_at: datetime
    written_off_on: date
