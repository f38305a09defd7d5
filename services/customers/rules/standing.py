"""A customer's credit standing as the credit service last told it. Money is in minor units."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from contracts.envelope import Event
from contracts.money import minor_units


@dataclass(slots=True)
class Standing:
    """The latest snapshot of credit, and how its decisions went.

    Attributes:
        journal_seq: of the snapshot, 0 while none is known.
        limit_minor: None: unlimited, 0: cash only.
        approved, held, rejected, released: how many decisions of each kind there were, every version counted.
    """

    customer_id: str
    journal_seq: int = 0
    told_at: datetime | None = None
    day: date | None = None
    currency: str | None = None
    limit_minor: int | None = 0
    term_days: int = 0
    open_orders_minor: int = 0
    shipped_minor: int = 0
    invoiced_minor: int = 0
    unapplied_minor: int = 0
    exposure_minor: int = 0
    overdue_minor: int = 0
    overdue_items: int = 0
    overdue_days: int = 0
    held_orders: int = 0
    blacklisted: bool = False
    on_hold: bool = False
    approved: int = 0
    held: int = 0
    rejected: int = 0
    released: int = 0
    decided_at: datetime | None = None
    stored: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The money of a ``credit.exposure_changed``, read and checked."""

    limit_minor: int | None
    open_orders_minor: int
    shipped_minor: int
    invoiced_minor: int
    unapplied_minor: int
    exposure_minor: int
    overdue_minor: int


def snapshot_of(event: Event[Any]) -> Snapshot:
    """Return the money of a snapshot.

    Raises:
        ContractError: when an amount has more decimals than its currency.
    """
    data = event.data

    def minor(name: str) -> int:
        return minor_units(getattr(data, name), data.currency, f"data.{name}")

    return Snapshot(
        limit_minor=None if data.limit is None else minor("limit"),
        open_orders_minor=minor("open_orders"),
        shipped_minor=minor("shipped"),
        invoiced_minor=minor("invoiced"),
        unapplied_minor=minor("unapplied"),
        exposure_minor=minor("exposure"),
        overdue_minor=minor("overdue_amount"),
    )


def tell(standing: Standing, event: Event[Any], money: Snapshot) -> None:
    """Take over a snapshot, unless a later one is known: a higher ``journal_seq`` replaces a lower one."""
    data = event.data
    if data.journal_seq <= standing.journal_seq:
        return
    standing.changed = True
    standing.journal_seq = data.journal_seq
    standing.told_at = event.occurred_at
    standing.day = data.day
    standing.currency = data.currency
    standing.term_days = data.term_days
    standing.overdue_items = data.overdue_items
    standing.overdue_days = data.overdue_days
    standing.held_orders = data.held_orders
    standing.blacklisted = data.blacklisted
    standing.on_hold = data.on_hold
    standing.limit_minor = money.limit_minor
    standing.open_orders_minor = money.open_orders_minor
    standing.shipped_minor = money.shipped_minor
    standing.invoiced_minor = money.invoiced_minor
    standing.unapplied_minor = money.unapplied_minor
    standing.exposure_minor = money.exposure_minor
    standing.overdue_minor = money.overdue_minor


def count(standing: Standing, kind: str, at: datetime) -> None:
    """Count a decision: ``kind`` is approved, held, rejected or released."""
    standing.changed = True
    setattr(standing, kind, getattr(standing, kind) + 1)
    if standing.decided_at is None or at > standing.decided_at:
        standing.decided_at = at
