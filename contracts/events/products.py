"""The catalogue with cost. Topic ``products``; each event is published to every partition (see topics.yaml)."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.base import EventData
from contracts.wire import Amount, Currency, Id, Text


class _Product(EventData):
    """The whole catalogue entry; ``unit_cost`` holds from the event's time on."""

    product_id: Id
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    name: Text
    category: Text = ""
    currency: Currency
    unit_cost: Amount | None = None
    list_price: Amount | None = None


class ProductCreated(_Product):
    """A product entered the catalogue."""

    TYPE: ClassVar[str] = "product.created"
    TOPIC: ClassVar[str] = "products"


class ProductChanged(_Product):
    """A product's entry now reads as given here, in full; sales before keep the earlier cost."""

    TYPE: ClassVar[str] = "product.changed"
    TOPIC: ClassVar[str] = "products"
