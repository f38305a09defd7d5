"""What callers get of segments. Amounts and quantities are decimal strings, margins percent."""

import json
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string
from services.insights.rules.numbers import margin_text, percent_text, value_text

ClassOf = Literal["A", "B", "C"]


class CustomerSegment(BaseModel):
    """What a customer did in the window, and its classes; a class is null where there is nothing to rank."""

    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    salesperson_id: str = Field(description="who looks after the customer now; empty: nobody")
    currency: str
    overall: ClassOf | None
    orders: int
    orders_class: ClassOf | None
    amount: str = Field(description="returns subtracted")
    amount_class: ClassOf | None
    products: int = Field(description="distinct ones")
    products_class: ClassOf | None
    profit: str | None = Field(description="returns subtracted; null: no cost is known")
    profit_class: ClassOf | None
    margin_percent: str | None
    margin_class: ClassOf | None
    quantity: str = Field(description="returns subtracted")
    quantity_class: ClassOf | None
    collections: str = Field(description="payments received less those taken back")
    collections_class: ClassOf | None
    last_order_day: date | None
    recency: int | None = Field(description="1 to 5 among those that ordered in the window, 5 the latest")
    frequency: int | None
    monetary: int | None
    rfm_group: str | None = Field(description="such as champions, at_risk or lost")
    tier: str | None = Field(description="platinum, gold, iron, lead or loss; null: no cost is known")
    grade: str | None
    grade_percent: int | None = Field(description="of the points that a customer could have")
    stage: str | None = Field(description="prospect, new, familiar, established, dormant or revived")


def customer_segment(row: Row[Any]) -> CustomerSegment:
    """Return one customer in one currency."""
    fields = dict(row._mapping)
    currency = fields["currency"]
    profit, margin = fields.pop("profit_minor"), fields.pop("margin_ppm")
    fields["amount"] = decimal_string(fields.pop("amount_minor"), currency)
    fields["profit"] = None if profit is None else decimal_string(profit, currency)
    fields["margin_percent"] = None if margin is None else margin_text(margin)
    fields["quantity"] = quantity_string(fields.pop("quantity_milli"))
    fields["collections"] = decimal_string(fields.pop("collections_minor"), currency)
    return CustomerSegment(**{name: fields[name] for name in CustomerSegment.model_fields})


class RankedCustomer(BaseModel):
    """A customer among those asked for."""

    rank: int = Field(description="equal customers have the same")
    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    salesperson_id: str
    value: str
    share_percent: str = Field(description="of what all of them make")
    above_percent: str = Field(description="share of those with a greater value; says the class")
    abc_class: ClassOf | None = Field(description="among those asked for; nothing is kept")


def ranked_customer(dimension: str, currency: str, row: Row[Any]) -> RankedCustomer:
    """Return one customer of a ranking."""
    fields = row._mapping
    kept = ("rank", "customer_id", "name", "region", "category", "business_form", "salesperson_id")
    return RankedCustomer(
        **{name: fields[name] for name in kept},
        value=value_text(dimension, fields["value"], currency),
        share_percent=percent_text(fields["makes"], fields["total"]),
        above_percent=percent_text(fields["above"], fields["total"]),
        abc_class=fields["class"],
    )


class GroupOfCustomers(BaseModel):
    """How many customers of a group have a class, and what they make."""

    group: str
    abc_class: str | None = Field(
        description="or the RFM group, tier, grade or stage, whichever was asked for"
    )
    customers: int
    amount: str
    profit: str | None


class ClassChange(BaseModel):
    """A change of classes, as it was published."""

    id: int
    customer_id: str
    currency: str
    day: date
    previous: ClassOf | None = Field(description="overall before; null: none")
    current: ClassOf | None
    moved: list[dict[str, Any]] = Field(description="dimensions, as in segment.class_changed")
    policy_version: int


def class_change(row: Row[Any]) -> ClassChange:
    """Return one change."""
    fields = dict(row._mapping)
    moved = fields["moved"]
    return ClassChange(**fields | {"moved": json.loads(moved) if isinstance(moved, str) else moved})
