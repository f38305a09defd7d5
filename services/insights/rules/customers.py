"""Who customers and products are, and who looked after a customer when."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime

UNASSIGNED = ""


@dataclass(slots=True)
class Customer:
    """A customer as far as facts are split by it. Revision 0: known by its documents only."""

    customer_id: str
    revision: int = 0
    changed_at: datetime | None = None
    card_print: int = 0
    known_since: date | None = None
    name: str = ""
    region: str = ""
    category: str = ""
    business_form: str = ""
    ownership: str = ""
    blacklisted: bool = False
    blacklist_changed_at: datetime | None = None


@dataclass(slots=True)
class Product:
    """A catalogue entry."""

    product_id: str
    revision: int
    changed_at: datetime
    entry_print: int
    name: str
    category: str
    currency: str
    list_price_e4: int | None

    @property
    def outranks(self) -> tuple[int, datetime, int]:
        """Of two entries of a product, the one with the greater value here holds."""
        return self.revision, self.changed_at, self.entry_print


@dataclass(slots=True)
class Assignment:
    """From a day on a salesperson looks after a customer."""

    customer_id: str
    from_day: date
    salesperson_id: str
    assigned_at: datetime


@dataclass(slots=True)
class OwnerHistory:
    """All assignments of one customer."""

    by_day: dict[date, Assignment] = field(default_factory=dict)
    changed: dict[date, Assignment] = field(default_factory=dict)
    _days: list[date] | None = None

    def assign(self, assignment: Assignment) -> None:
        """Note an assignment. Of two from the same day, the one made later holds."""
        known = self.by_day.get(assignment.from_day)
        if known is not None and _rank(known) >= _rank(assignment):
            return
        self.by_day[assignment.from_day] = self.changed[assignment.from_day] = assignment
        self._days = None

    def owner_on(self, day: date) -> str:
        """Return who looked after the customer on a day, "" before the first assignment."""
        if self._days is None:
            self._days = sorted(self.by_day)
        position = bisect_right(self._days, day)
        return self.by_day[self._days[position - 1]].salesperson_id if position else UNASSIGNED


def _rank(assignment: Assignment) -> tuple[datetime, str]:
    return assignment.assigned_at, assignment.salesperson_id


def put_card(customer: Customer, card: Customer) -> None:
    """Take over a card: of several, the highest revision holds, of one revision the latest."""
    assert card.changed_at is not None
    assert card.known_since is not None
    customer.known_since = min(customer.known_since or card.known_since, card.known_since)
    if customer.changed_at is not None and (
        (customer.revision, customer.changed_at, customer.card_print)
        >= (card.revision, card.changed_at, card.card_print)
    ):
        return
    customer.revision, customer.changed_at = card.revision, card.changed_at
    customer.card_print = card.card_print
    customer.name, customer.region, customer.category = card.name, card.region, card.category
    customer.business_form, customer.ownership = card.business_form, card.ownership


def set_blacklisted(customer: Customer, blacklisted: bool, at: datetime) -> None:
    """The latest word holds; of two at the same moment, the stricter."""
    known = customer.blacklist_changed_at
    if known is None or (at, blacklisted) > (known, customer.blacklisted):
        customer.blacklisted, customer.blacklist_changed_at = blacklisted, at
