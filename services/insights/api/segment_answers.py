"""What callers get of segments. Amounts and quantities are decimal strings, margins percent."""

import json
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import Row

from contracts.money import decimal_string, quantity_string
from services.insights.rules.abc import boundaries
from services.insights.rules.numbers import margin_text, percent_text, value_text
from services.insights.rules.segment_policy import Abc
from services.insights.store.explaining import Standing

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
    abc_class: ClassOf | None
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


class WhyInDimension(BaseModel):
    """How the class in one dimension comes about."""

    dimension: str
    abc_class: ClassOf | None
    value: str | None
    rank: int | None = Field(description="null: the value is not above 0")
    ranked: int = Field(description="customers with a value above 0")
    share_percent: str = Field(description="of the dimension's total")
    above_percent: str = Field(
        description="share of customers with a greater value: below a boundary is the class"
    )
    a_until_percent: int = Field(description="the boundary of A as it is for a customer of this class")
    b_until_percent: int
    a_from: str | None = Field(description="least value with which a customer of this class is A")
    b_from: str | None
    weight: int = Field(description="in the overall class")
    because: str = Field(description="in words")


class Why(BaseModel):
    """Why a customer has its classes."""

    customer_id: str
    currency: str
    day: date = Field(description="it is for the company")
    window_from: str = Field(description="first month that counts")
    window_to: str
    months: list[str] = Field(description="months of the window in which anything happened")
    policy_version: int
    overall: ClassOf | None
    points: int = Field(description="A counts its weight 100 times, B 50 times")
    weight: int = Field(description="of the dimensions with a class")
    a_from_percent: int = Field(description="points per weight from which a customer is A overall")
    b_from_percent: int
    dimensions: list[WhyInDimension]


def why(dimension: str, standing: Standing, currency: str, rule: Abc) -> WhyInDimension:
    """Explain the class in one dimension."""
    limits, ends = boundaries(standing.class_, rule), standing.bounds
    a_key = {None: "a_new", "A": "a_kept"}.get(standing.class_, "a_won")
    b_key = {None: "b_new", "C": "b_won"}.get(standing.class_, "b_kept")
    ranked = standing.value is not None and standing.value > 0
    above = percent_text(standing.above, standing.total) if ranked else "100.00"

    def text(value: int | None) -> str | None:
        return None if value is None else value_text(dimension, value, currency)

    return WhyInDimension(
        dimension=dimension,
        abc_class=standing.class_,
        value=text(standing.value),
        rank=standing.rank if ranked else None,
        ranked=standing.ranked,
        share_percent=percent_text(standing.makes if ranked else 0, standing.total),
        above_percent=above,
        a_until_percent=limits.a_percent,
        b_until_percent=limits.b_percent,
        a_from=text(ends[a_key]),
        b_from=text(ends[b_key]),
        weight=rule.weights.of(dimension),
        because=_because(standing, above, limits.a_percent, limits.b_percent, rule),
    )


def _because(standing: Standing, above: str, a_percent: int, b_percent: int, rule: Abc) -> str:
    if standing.class_ is None:
        return "nothing is known to rank it by" if standing.value is None else "nobody has anything here"
    if standing.value is None or standing.value <= 0:
        return "C: it has nothing here"
    place = f"customers with a greater value make {above} % of the total"
    if standing.class_ == "A":
        return f"A until {a_percent} % ({rule.a_percent} % and {rule.keep_percent} kept): {place}"
    if standing.class_ == "B":
        return f"B from {a_percent} % to {b_percent} %, as it is B now: {place}"
    return f"C from {b_percent} % ({rule.b_percent} % less {rule.keep_percent} kept): {place}"
