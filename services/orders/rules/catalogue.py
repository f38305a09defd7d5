"""One product: its entry in force. Prices keep up to four decimals, because a unit may cost less than a minor unit."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True)
class Product:
    """What is known of one product; see :class:`services.orders.rules.order.Order` for ``stored`` and ``changed``.

    Attributes:
        created: digest of the entry it was created with; None: not yet known, only changes of it.
        changed_at: the event time of the entry in force.
    """

    product_id: str
    revision: int
    changed_at: datetime
    name: str
    category: str
    currency: str
    unit_cost: Decimal | None
    list_price: Decimal | None
    created: bytes | None = None
    stored: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue entry in full: ``unit_cost`` holds for sales from ``valid_from`` on."""

    product_id: str
    revision: int
    valid_from: datetime
    name: str
    category: str
    currency: str
    unit_cost: Decimal | None
    list_price: Decimal | None
    event_id: str
    digest: bytes


def supersedes(entry: Entry, product: Product) -> bool:
    """Whether an entry replaces the one in force: by revision, then by time for systems that count no revisions."""
    return (entry.revision, entry.valid_from) > (product.revision, product.changed_at)


def put(product: Product, entry: Entry) -> None:
    """Bring an entry into force if it is newer than the one that is."""
    product.changed = True
    if supersedes(entry, product):
        product.revision = entry.revision
        product.changed_at = entry.valid_from
        product.name = entry.name
        product.category = entry.category
        product.currency = entry.currency
        product.unit_cost = entry.unit_cost
        product.list_price = entry.list_price


def product_of(entry: Entry) -> Product:
    """Return the product as its first known entry tells it."""
    return Product(
        entry.product_id,
        entry.revision,
        entry.valid_from,
        entry.name,
        entry.category,
        entry.currency,
        entry.unit_cost,
        entry.list_price,
        changed=True,
    )
