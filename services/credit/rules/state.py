"""The state of one customer's account. All money is in minor units of the account's currency."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from services.credit.rules.entries import MoneyEntry
from services.credit.rules.worth import worth

OrderStatus = Literal["announced", "approved", "held", "rejected", "cancelled", "invoiced"]
"""``announced``: something about the order came before the order itself."""

WRITE_OFF = "write_off:"
"""What the ids of write-offs begin with among an account's credits."""

TRANSFER = "transfer:"
"""What the ids of transfers begin with, among the credits of one customer and the items of the other."""

PAYMENTS = "payment:"
"""What the ids of payments begin with among the credits."""

GENESIS = bytes(32)
"""The hash before the first journal entry."""


@dataclass(slots=True)
class Thresholds:
    """How much may be overdue before an order is held; None: no limit, 0: none."""

    max_amount: int | None = None
    max_days: int | None = None
    max_items: int | None = None


@dataclass(slots=True)
class TemporaryLimit:
    """A limit in place of the ordinary one from ``from_day`` to ``until_day``, both included."""

    limit: int | None
    from_day: date
    until_day: date


@dataclass(slots=True)
class Case:
    """A held order as work. It lasts from the decision that held the order until the order is no longer held.

    Attributes:
        opened_seq: the journal entry of that decision; the case's number.
        opened_on: the business day it was held on.
        due_on: the last day for a ruling; the day after it escalates. None: no deadline, or none any more.
        level: how often it escalated.
    """

    opened_seq: int
    opened_on: date
    due_on: date | None = None
    level: int = 0


@dataclass(slots=True)
class Override:
    """A person's release of an order: for how much, on which day, and who. It ends with the next decision."""

    amount: int
    day: date
    by: str


@dataclass(slots=True)
class Order:
    """An order as credit sees it.

    Attributes:
        open: approved or asked for, neither shipped nor invoiced.
        shipped: shipped, not yet invoiced.
        version: number of the effective decision, 0 before the first.
        decision_seq: the journal entry of that decision.
        closed: nothing more will be invoiced for it.
        cancelled: what is not invoiced of it is given up; its status may say otherwise when all of it is invoiced.
        delivered: what was shipped of it, invoiced or not.
        case: while it is held.
        override: while it is approved by a person's word.
        term_days: the term it asks for; None: the agreed one.
        stored: whether the database has a row of it (for the store only; no rule looks at it).
        factor: what a minor unit of its currency is worth in the account's (see rules/worth.py). Its amounts are in its
            own currency; it uses of the account what its rest is worth, so nothing is left when nothing remains.
        counts: whether the order uses credit (on account), or is paid in advance.
    """

    order_id: str
    status: OrderStatus = "announced"
    amount: int = 0
    currency: str = ""
    method: str = "account"
    revision: int = 0
    open: int = 0
    shipped: int = 0
    invoiced: int = 0
    version: int = 0
    decision_seq: int = 0
    placed_at: str = ""
    promised_on: date | None = None
    placed_amount: int = 0
    closed: bool = False
    term_days: int | None = None
    factor: str = ""
    cancelled: bool = False
    delivered: int = 0
    case: Case | None = None
    override: Override | None = None
    stored: bool = field(default=False, compare=False)

    @property
    def counts(self) -> bool:
        """Whether the order uses credit."""
        return self.method == "account"

    @property
    def remaining(self) -> int:
        """What may still be invoiced."""
        return self.open + self.shipped

    @property
    def remaining_worth(self) -> int:
        """What may still be invoiced, in the account's currency."""
        return worth(self.remaining, self.factor)

    @property
    def amount_worth(self) -> int:
        """The whole order, in the account's currency."""
        return worth(self.amount, self.factor)

    @property
    def shipped_worth(self) -> int:
        """What is shipped and not invoiced, in the account's currency."""
        return worth(self.shipped, self.factor)

    def remaining_of(self, amount: int) -> int:
        """Return what might still be invoiced if the order amounted to ``amount``."""
        return 0 if self.closed or self.cancelled else max(0, amount - self.invoiced)

    def shipped_of(self, remaining: int, delivered: int) -> int:
        """Return what of ``remaining`` is shipped if ``delivered`` left in all: invoices take shipped goods first."""
        return min(remaining, max(0, delivered - self.invoiced))


@dataclass(slots=True)
class Item:
    """An invoice: ``open`` is what is still owed on it, ``overdue`` whether it counts as overdue.

    ``settled_on`` is the business day on which nothing of it was owed any more; None: something is, or never was.
    ``passes_on``: it is no invoice, but money in hand that went to another customer and has to be there.
    An invoice in another currency keeps its own: ``own_currency`` (empty: it has none), ``own_amount``, ``factor``.
    """

    invoice_id: str
    order_id: str | None
    amount: int
    open: int
    issued_on: date
    due_on: date
    overdue: bool = False
    settled_on: date | None = None
    own_currency: str = ""
    own_amount: int = 0
    factor: str = ""
    passes_on: bool = False
    stored: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Credit:
    """Money or a credit note in the customer's favour: ``remaining`` is not applied to an invoice yet.

    ``at`` is when it happened, ``seq`` the journal entry it came with: the oldest money is used first.
    ``intents`` are the invoices a payment named that are not known yet, with the amounts meant for them.
    Money in another currency keeps its own, as invoices do; ``exchange`` is what it counts for more than at its rate.
    """

    credit_id: str
    seq: int
    amount: int
    remaining: int
    reversed: bool = False
    at: str = ""
    own_currency: str = ""
    own_amount: int = 0
    factor: str = ""
    exchange: int = 0
    intents: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    stored: bool = field(default=False, compare=False)


@dataclass(slots=True)
class Account:
    """One customer's account.

    Attributes:
        seq, hash: number and hash of the last journal entry.
        limit: the ordinary limit; None: unlimited, 0: cash only.
        open_orders, shipped, invoiced, unapplied: exposure by category.
        held_orders, held_amount: what waits for a decision of finance.
        overdue_amount, overdue_items, oldest_overdue: what counts as overdue, grace days included.
        next_due: the earliest due day among open items that are not overdue yet.
        last_order_on, last_invoice_on, last_payment_on: the business day of the last new order, the day the newest
            invoice was issued (not after the day it was booked), the business day of the last payment; None: never.
        risk_class: A (best) to D; None: none was set.
        settled_items, settled_days_late: how many invoices are settled, and how many days after their due days in sum
            (one paid early counts 0).
        orders: the held ones always; others as they are touched.
        items: the open ones, once ``items_loaded``; closed ones as they are touched.
        credits: those with money left, once ``items_loaded``; others as they are touched.
        invoice_at, credit_at: the latest own time of an invoice, and of a payment or another credit.
        money_log: the journal entries that say which money pays which invoice, in full, while a document that came
            late is applied; None otherwise.
        overdue_index, current_index: the open items by due day, those that count as overdue and the others. Before
            ``items_loaded`` only the oldest overdue ones, to be named as evidence.
        case_index: the held orders that have a deadline, by it.
    """

    customer_id: str
    currency: str
    seq: int = 0
    hash: bytes = GENESIS
    term_days: int = 0
    limit: int | None = 0
    grace_days: int = 0
    single_order_max: int | None = None
    thresholds: Thresholds | None = None
    review_on: date | None = None
    temporary: TemporaryLimit | None = None
    blacklist: str | None = None
    hold: str | None = None
    open_orders: int = 0
    shipped: int = 0
    invoiced: int = 0
    unapplied: int = 0
    held_orders: int = 0
    held_amount: int = 0
    overdue_amount: int = 0
    overdue_items: int = 0
    oldest_overdue: date | None = None
    next_due: date | None = None
    invoice_at: str = ""
    credit_at: str = ""
    last_order_on: date | None = None
    last_invoice_on: date | None = None
    last_payment_on: date | None = None
    risk_class: str | None = None
    settled_items: int = 0
    settled_days_late: int = 0
    orders: dict[str, Order] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    credits: dict[str, Credit] = field(default_factory=dict)
    overdue_index: list[tuple[date, str]] = field(default_factory=list)
    current_index: list[tuple[date, str]] = field(default_factory=list)
    case_index: list[tuple[date, str]] = field(default_factory=list)
    items_loaded: bool = True
    money_log: list[MoneyEntry] | None = field(default=None, compare=False, repr=False)

    @property
    def exposure(self) -> int:
        """Approved and not yet invoiced, plus invoiced and open, minus money not applied."""
        return self.open_orders + self.shipped + self.invoiced - self.unapplied

    def limit_on(self, day: date) -> int | None:
        """Return the limit in force on a day; None: unlimited."""
        temporary = self.temporary
        if temporary is not None and temporary.from_day <= day <= temporary.until_day:
            return temporary.limit
        return self.limit
