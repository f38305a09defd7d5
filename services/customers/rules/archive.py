"""The archive in memory: what a batch touches, and what it adds. Handlers change it, the store keeps it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from services.customers.rules.card import Card, Customer
from services.customers.rules.relations import Assignment, Blacklisting, BlacklistStep
from services.customers.rules.standing import Standing


@dataclass(slots=True)
class Archive:
    """Everything known that the events of a batch touch, and the new cards and blacklist steps in order."""

    customers: dict[str, Customer] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    assignments: dict[tuple[str, date], Assignment] = field(default_factory=dict)
    card_digests: dict[tuple[str, int, datetime], bytes] = field(default_factory=dict)
    blacklist_reasons: dict[tuple[str, datetime, BlacklistStep], str] = field(default_factory=dict)

    cards: list[Card] = field(default_factory=list)
    blacklistings: list[Blacklisting] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether anything differs from what the database has."""
        kept = (self.customers, self.assignments, self.standings)
        return bool(self.cards) or any(row.changed for rows in kept for row in rows.values())

    def customer(self, customer_id: str) -> Customer:
        """Return the customer, entering it without a card if nothing was known of it."""
        customer = self.customers.get(customer_id)
        if customer is None:
            customer = self.customers[customer_id] = Customer(customer_id)
        return customer

    def standing(self, customer_id: str) -> Standing:
        """Return the customer's standing; that of a customer new to credit is 0 days and 0 limit."""
        standing = self.standings.get(customer_id)
        if standing is None:
            self.customer(customer_id)
            standing = self.standings[customer_id] = Standing(customer_id)
        return standing
