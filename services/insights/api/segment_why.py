"""``GET /insights/segments/customers/{id}/why``: how a customer's classes and its grade come about."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.wire import Currency, Id
from services.insights.api.segment_answers import ClassOf
from services.insights.api.segments import READERS, UNKNOWN, nothing
from services.insights.rules.abc import POINTS, boundaries
from services.insights.rules.numbers import percent_text, value_text
from services.insights.rules.segment_policy import Abc, Factors, Grading
from services.insights.rules.windows import window_of
from services.insights.store.explaining import GRADED, Standing, months_with_facts, standings
from services.insights.store.policies import policy_in_force
from services.insights.store.staleness import company_day
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import OF_CUSTOMER
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights/segments", tags=["segments"], dependencies=READERS)


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


class Factor(BaseModel):
    """What a factor adds to the grade."""

    factor: str = Field(
        description="standing with credit, cumulative sales, margin, prospects, share of profit"
    )
    points: int | None = Field(description="0 to 100; null: nothing is known, and it is left out")
    weight: int


class Service(BaseModel):
    """How customers of a grade are served."""

    price: str
    priority: int = Field(description="1 comes first")
    visit_every_days: int


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
    grade: str | None
    grade_percent: int | None = Field(description="weighted points of the factors")
    factors: list[Factor]
    service: Service | None


def _why(dimension: str, standing: Standing, currency: str, rule: Abc) -> WhyInDimension:
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


@router.get("/customers/{customer_id}/why", responses=UNKNOWN, dependencies=[OF_CUSTOMER])
async def explain(customer_id: Id, runtime: LiveRuntime, currency: Currency | None = None) -> Why:
    """Explain a customer's classes: values, ranks, cumulative shares, boundaries, and which months count."""
    in_currency = currency or runtime.settings.currency
    async with snapshot(runtime.database) as connection:
        version, policy = await policy_in_force(connection)
        day = await company_day(connection)
        found = await standings(connection, customer_id, in_currency, policy.abc)
        graded = await connection.fetchrow(GRADED, customer_id, in_currency)
        if day is None or found is None or graded is None:
            raise nothing(customer_id)
        first, last = window_of(day, policy.window_months)
        months = await months_with_facts(connection, customer_id, in_currency, (first, last))
    weights = {d: policy.abc.weights.of(d) for d, s in found.items() if s.class_ is not None}
    return Why(
        customer_id=customer_id,
        currency=in_currency,
        day=day,
        window_from=f"{first:%Y-%m}",
        window_to=f"{last:%Y-%m}",
        months=[f"{month:%Y-%m}" for month in months],
        policy_version=version,
        overall=graded["overall"],
        points=sum(weight * POINTS[found[d].class_ or "C"] for d, weight in weights.items()),
        weight=sum(weights.values()),
        a_from_percent=policy.abc.overall_a_percent,
        b_from_percent=policy.abc.overall_b_percent,
        dimensions=[_why(d, standing, in_currency, policy.abc) for d, standing in found.items()],
        grade=graded["grade"],
        grade_percent=graded["grade_percent"],
        factors=_factors(dict(graded), policy.grading),
        service=_service(graded["grade"], policy.grading),
    )


def _factors(row: Mapping[str, Any], rule: Grading) -> list[Factor]:
    points = {
        "standing": row["standing_points"],
        "sales": row["sales_points"],
        "margin": POINTS.get(row["margin_class"] or ""),
        "prospects": row["prospects_points"],
        "profit": POINTS.get(row["profit_class"] or ""),
    }
    return [
        Factor(factor=name, points=points[name], weight=rule.weights.of(name))
        for name in Factors.__struct_fields__
    ]


def _service(grade: str | None, rule: Grading) -> Service | None:
    for known in rule.grades:
        if known.grade == grade:
            return Service(
                price=known.price, priority=known.priority, visit_every_days=known.visit_every_days
            )
    return None
