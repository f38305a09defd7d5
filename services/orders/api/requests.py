"""What callers send. Amounts are decimal strings in the order's currency; unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.events.orders import OrderLine, OrderPlaced, Revision
from contracts.wire import Amount, Currency, Day, Id, Text

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)


class LineIn(OrderLine):
    """One product. ``amount`` is what the customer pays for the line."""

    model_config = _STRICT


LinesIn = Annotated[list[LineIn], Field(default_factory=list, max_length=2_000)]


class OrderIn(OrderPlaced):
    """An order as the body of ``order.placed``; time, event id and producer are filled in."""

    model_config = _STRICT

    lines: LinesIn  # type: ignore[assignment]


class _Body(BaseModel):
    model_config = _STRICT


class AmendmentIn(_Body):
    """How the order reads from now on, in full. Without ``revision`` it becomes the next one."""

    revision: Revision | None = None
    amount: Amount
    promised_on: Day | None = None
    lines: LinesIn


class CancellationIn(_Body):
    """Why what is not invoiced yet is given up."""

    reason: Text = ""


class ShipmentIn(_Body):
    """Goods worth ``amount`` left."""

    shipment_id: Id
    amount: Amount


class InvoiceIn(_Body):
    """An invoice for the order. ``closes_order``: nothing more will be invoiced, what remains is released."""

    invoice_id: Id
    amount: Amount
    issued_on: Day
    due_on: Annotated[Day | None, Field(description="left out: issued_on plus the customer's term days")] = (
        None
    )
    closes_order: bool = False
    lines: LinesIn


class ReturnIn(_Body):
    """Goods of the order came back, and a credit note over ``amount`` was issued."""

    return_id: Id
    invoice_id: Id | None = None
    amount: Amount
    reason: Text = ""
    lines: LinesIn


class ProductEntryIn(_Body):
    """A catalogue entry in full. ``unit_cost`` holds for sales from now on; up to four decimals."""

    name: Text
    category: Text = ""
    currency: Currency
    unit_cost: Amount | None = None
    list_price: Amount | None = None


class ProductIn(ProductEntryIn):
    """A new product."""

    product_id: Id


class ProductChangeIn(ProductEntryIn):
    """A product's entry from now on. ``revision`` is the one it was read at, unless If-Match says so."""

    revision: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
