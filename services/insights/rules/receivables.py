"""What a customer owes, as credit last said."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Receivable:
    """Credit's snapshot of one customer; the highest ``journal_seq`` holds. ``limit_minor`` None is unlimited."""

    customer_id: str
    currency: str
    journal_seq: int
    day: date
    as_of: datetime
    limit_minor: int | None
    term_days: int
    open_orders_minor: int
    shipped_minor: int
    invoiced_minor: int
    unapplied_minor: int
    exposure_minor: int
    overdue_minor: int
    overdue_items: int
    overdue_days: int
    held_orders: int
    blacklisted: bool
    on_hold: bool

    def outranks(self, other: "Receivable") -> bool:
        """Whether this snapshot holds against another; of one number there is one, unless a producer errs."""
        return (-self.journal_seq, self.as_of) < (-other.journal_seq, other.as_of)
