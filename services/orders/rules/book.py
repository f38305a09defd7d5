"""The order book in memory: what a batch touches, and what it adds. Handlers change it, the store keeps it."""

from dataclasses import dataclass, field
from datetime import date, datetime

from services.orders.rules.catalogue import Entry, Product
from services.orders.rules.documents import Decision, Invoice, Return, Revision, Shipment
from services.orders.rules.order import Order, check_same_currency, check_same_customer

Assignment = tuple[str, date, str, datetime]
"""Customer, from which day, who looks after it, when that was said."""

EntryKey = tuple[str, int, datetime]
"""Product, revision, valid from."""


@dataclass(slots=True)
class OrderBook:
    """Everything known that the events of a batch touch.

    The dictionaries of digests tell a document reported again from another one under its id; what is new in this batch
    stands in the lists, in the order of the events. ``decided_late`` are orders that counted as held because nobody had
    decided, until now.
    """

    orders: dict[str, Order] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)

    revision_digests: dict[tuple[str, int], bytes] = field(default_factory=dict)
    decision_digests: dict[tuple[str, int], bytes] = field(default_factory=dict)
    shipment_digests: dict[tuple[str, str], bytes] = field(default_factory=dict)
    invoice_digests: dict[str, bytes] = field(default_factory=dict)
    return_digests: dict[str, bytes] = field(default_factory=dict)
    entry_digests: dict[EntryKey, bytes] = field(default_factory=dict)

    revisions: list[Revision] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    decided_late: list[Order] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    @property
    def has_news(self) -> bool:
        """Whether anything differs from what the database has."""
        documents = (
            self.revisions
            or self.decisions
            or self.shipments
            or self.invoices
            or self.returns
            or self.entries
            or self.assignments
        )
        return bool(documents) or any(order.changed for order in self.orders.values())

    def order(self, order_id: str, customer_id: str, at: datetime, currency: str | None = None) -> Order:
        """Return the order, or a fresh one that is not in the book until it is kept with :meth:`keep`.

        Raises:
            ContractError: when the order is known to be another customer's, or in another currency.
        """
        order = self.orders.get(order_id)
        if order is None:
            return Order(order_id, customer_id, at)
        check_same_customer(order, customer_id)
        if currency is not None:
            check_same_currency(order, currency)
        return order

    def keep(self, order: Order) -> None:
        """Put an order that was fresh into the book."""
        self.orders[order.order_id] = order
