"""The archive in memory: what a batch touches, and what it adds. Handlers change it, the store keeps it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from contracts.events import EventData
from services.customers.rules.card import Card, Customer
from services.customers.rules.changes import Change, ChangeKey
from services.customers.rules.follow_ups import FollowUp
from services.customers.rules.grading import GradingPolicy
from services.customers.rules.prospects import Prospect
from services.customers.rules.relations import Assignment, Blacklisting, BlacklistStep
from services.customers.rules.satisfaction import Satisfaction
from services.customers.rules.staff import Salesperson
from services.customers.rules.standing import Standing
from services.customers.rules.tasks import TaskPolicy


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that follows from what was handled; its id too, so that it is told once however often it follows."""

    event_id: str
    key: str
    at: datetime
    data: EventData


@dataclass(slots=True)
class Archive:
    """Everything known that the events of a batch touch, and what they add, in order.

    Attributes:
        mentioned: salespeople named by an event; who nobody has entered is known by that from now on.
        policy: the grading policy with its version, where a prospect is to be graded.
        tasks: what plans follow-ups by itself, where something may.
        assigned_days: from which days on customers have a salesperson, where one may get a task; each is in
            ``assignments``.
    """

    customers: dict[str, Customer] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    assignments: dict[tuple[str, date], Assignment] = field(default_factory=dict)
    card_digests: dict[tuple[str, int, datetime], bytes] = field(default_factory=dict)
    blacklist_reasons: dict[tuple[str, datetime, BlacklistStep], str] = field(default_factory=dict)
    staff: dict[str, Salesperson] = field(default_factory=dict)
    follow_ups: dict[str, FollowUp] = field(default_factory=dict)
    satisfaction_digests: dict[str, bytes] = field(default_factory=dict)
    prospects: dict[str, Prospect] = field(default_factory=dict)
    policy: tuple[int, GradingPolicy] | None = None
    tasks: TaskPolicy | None = None
    assigned_days: dict[str, set[date]] = field(default_factory=dict)

    cards: list[Card] = field(default_factory=list)
    blacklistings: list[Blacklisting] = field(default_factory=list)
    satisfactions: list[Satisfaction] = field(default_factory=list)
    mentioned: dict[str, bool] = field(default_factory=dict)
    changes: dict[ChangeKey, Change] = field(default_factory=dict)
    outgoing: list[Outgoing] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether anything differs from what the database has."""
        kept = (self.customers, self.assignments, self.standings, self.staff, self.follow_ups, self.prospects)
        return bool(self.cards or self.satisfactions) or any(
            row.changed for rows in kept for row in rows.values()
        )

    def customer(self, customer_id: str) -> Customer:
        """Return the customer, entering it without a card if nothing was known of it."""
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer(customer_id)
        return customer

    def owner_on(self, customer_id: str, day: date) -> str | None:
        """Return who looks after a customer on a day, where ``assigned_days`` are known."""
        begun = [since for since in self.assigned_days.get(customer_id, ()) if since <= day]
        return self.assignments[customer_id, max(begun)].salesperson_id if begun else None

    def standing(self, customer_id: str) -> Standing:
        """Return the customer's standing; that of a customer new to credit is 0 days and 0 limit."""
        standing = self.standings.get(customer_id)
        if standing is None:
            self.customer(customer_id)
            standing = self.standings[customer_id] = Standing(customer_id)
        return standing

    def salesperson(self, salesperson_id: str) -> Salesperson:
        """Return the salesperson, without an entry if nothing was known of them."""
        person = self.staff.get(salesperson_id)
        if person is None:
            person = self.staff[salesperson_id] = Salesperson(salesperson_id)
        return person

    def prospect(self, prospect_id: str) -> Prospect:
        """Return the prospect, without a card if nothing was known of it."""
        prospect = self.prospects.get(prospect_id)
        if prospect is None:
            prospect = self.prospects[prospect_id] = Prospect(prospect_id)
        return prospect

    def note(self, change: Change) -> None:
        """Add a change to the audit; the same one twice counts once."""
        self.changes.setdefault(change.key, change)
