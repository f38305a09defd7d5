"""What callers get. Amounts are decimal strings in the currency beside them, quantities decimal strings."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.orders.rules.order import DecisionKind, Status


class ReasonOut(BaseModel):
    """A failing rule, with what was measured, what is allowed, and the documents behind it."""

    rule: str
    value: str
    threshold: str
    documents: list[str]


class DecisionOut(BaseModel):
    """A version of the credit decision; the highest is in force."""

    version: int
    kind: DecisionKind = Field(description="released: held first, then let go")
    outcome: str
    currency: str
    amount: str = Field(description="of the order when it was decided")
    reasons: list[ReasonOut]
    policy_version: int
    exposure: str = Field(description="of the customer, after this decision")
    limit: str | None = Field(description="in force then; null: unlimited")
    journal_seq: int
    trigger: str = Field(description="the event that led to it")
    by: str | None
    comment: str
    decided_at: datetime


class AmountsOut(BaseModel):
    """The order's money."""

    ordered: str
    shipped: str
    invoiced: str
    returned: str


class OrderSummary(BaseModel):
    """An order as lists show it."""

    order_id: str
    customer_id: str
    status: Status
    outcome: str | None = Field(description="of the decision in force")
    currency: str | None
    amounts: AmountsOut | None = Field(description="null while no currency is known")
    payment_method: str | None
    salesperson_id: str | None
    placed_at: datetime | None = Field(description="null: only announced by a decision or document so far")
    promised_on: date | None
    revision: int = Field(description="of the body in force: 0 as placed, -1 none known")
    event_id: str | None = Field(description="of the event that placed it")
    producer: str | None = Field(description="who reported it")
    cancelled_at: datetime | None
    cancel_reason: str | None
    decision_overdue_at: datetime | None = Field(
        description="when it was found that credit had not decided in time; held since then, until a decision comes"
    )
    decision: DecisionOut | None


class LineOut(BaseModel):
    """One product on a document."""

    product_id: str
    quantity: str
    unit_price: str
    amount: str


class RevisionOut(BaseModel):
    """A body the order had: 0 as placed, then its amendments."""

    revision: int
    at: datetime
    amount: str
    promised_on: date | None
    event_id: str
    producer: str


class ShipmentOut(BaseModel):
    """Goods that left."""

    shipment_id: str
    amount: str
    at: datetime


class InvoiceOut(BaseModel):
    """An invoice for the order."""

    invoice_id: str
    currency: str
    amount: str
    issued_on: date
    due_on: date | None = Field(description="null: issued_on plus the customer's term days")
    closes_order: bool
    at: datetime
    lines: list[LineOut]


class ReturnOut(BaseModel):
    """Goods that came back."""

    return_id: str
    invoice_id: str | None
    currency: str
    amount: str
    reason: str
    at: datetime
    lines: list[LineOut]


class OrderOut(OrderSummary):
    """An order with everything known about it."""

    lines: list[LineOut] = Field(description="of the revision in force")
    revisions: list[RevisionOut]
    decisions: list[DecisionOut] = Field(description="every version, oldest first")
    shipments: list[ShipmentOut]
    invoices: list[InvoiceOut]
    returns: list[ReturnOut]


class AcceptedOrder(BaseModel):
    """The order is recorded and published; its decision is on the way."""

    order_id: str
    customer_id: str
    event_id: str
    decision: None = Field(None, description="not known yet: ask again at the Location, or with ?wait=2s")


class ProductOut(BaseModel):
    """A product's entry in force."""

    product_id: str
    revision: int
    changed_at: datetime
    name: str
    category: str
    currency: str
    unit_cost: str | None
    list_price: str | None


class EntryOut(BaseModel):
    """An entry a product had, with the cost of sales from ``valid_from`` on."""

    revision: int
    valid_from: datetime
    name: str
    category: str
    currency: str
    unit_cost: str | None
    list_price: str | None


class ProductHistory(ProductOut):
    """A product with every entry it ever had."""

    history: list[EntryOut]
