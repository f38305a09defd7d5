"""``GET /insights/segments/...``: classes of customers, rankings inside a filter, distributions, changes, and why."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy import select, text

from contracts.money import decimal_string
from contracts.wire import Currency, Day, Id, Text
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.segment_answers import (
    ClassChange,
    CustomerSegment,
    GroupOfCustomers,
    RankedCustomer,
    Why,
    class_change,
    customer_segment,
    ranked_customer,
    why,
)
from services.insights.rules.abc import DIMENSIONS, POINTS
from services.insights.rules.windows import window_of
from services.insights.store import segment_reads as reads
from services.insights.store.explaining import months_with_facts, standings
from services.insights.store.policies import policy_in_force
from services.insights.store.ranking import VALUES
from services.insights.store.segment_reads import Filter, known
from services.insights.store.staleness import COMPANY_DAY, company_day
from services.insights.tables_segments import class_changes
from services.kit.batch import business_day
from services.kit.http.auth import require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import csv_answer
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.runtime import Runtime

READERS = [Depends(require("sales", "finance", "manager"))]
router = APIRouter(prefix="/insights/segments", tags=["segments"], dependencies=READERS)

Dimension = Literal["orders", "amount", "products", "profit", "margin", "quantity", "collections"]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "It has done nothing in the window"}}
DAY = text(f"SELECT {COMPANY_DAY}")


class FilterQuery(ListQuery):
    """Which customers; region, category, business form and salesperson are those of today."""

    currency: Currency | None = Field(
        None, description="the company's own if left out; they are never added up"
    )
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    salesperson: Id | None = Field(None, description="who looks after the customer now")

    async def filter(self, runtime: Runtime) -> Filter:
        """Return the customers asked for."""
        async with runtime.database.engine.connect() as connection:
            day = await connection.scalar(DAY)
        day = day or business_day(runtime.clock.now(), runtime.settings.zone)
        return Filter(
            *(self.currency or runtime.settings.currency, day),
            *(self.region, self.category, self.business_form, self.salesperson),
        )


class SegmentQuery(FilterQuery):
    """Customers of one class, perhaps in one dimension."""

    class_: Literal["A", "B", "C"] | None = Field(None, alias="class")
    dimension: Dimension | None = Field(None, description="of the class; left out: overall")


class RankingQuery(FilterQuery):
    """By what to rank."""

    dimension: Dimension = "amount"


class DistributionQuery(FilterQuery):
    """What to count by what."""

    dimension: Dimension | Literal["overall"] = "overall"
    by: Literal["region", "category", "business_form", "salesperson"] | None = None


class ChangeQuery(ListQuery):
    """Which changes."""

    customer: Id | None = None
    currency: Currency | None = None
    from_day: Day | None = Field(None, alias="from")
    to_day: Day | None = Field(None, alias="to", description="included")


CHANGES = Ordering({"id": class_changes.c.id}, unique=class_changes.c.id, default="-id")


@router.get("/customers", responses=CSV, response_model=Page[CustomerSegment])
async def list_segments(
    query: Annotated[SegmentQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[CustomerSegment] | Response:
    """Show customers with what they did in the window and their classes, by amount downwards."""
    found = reads.segments(await query.filter(runtime))
    statement = select(found)
    if query.class_ is not None:
        column = "overall" if query.dimension is None else f"{query.dimension}_class"
        statement = statement.where(found.c[column] == query.class_)
    sorts = {d: known(found.c[VALUES[d]]) for d in DIMENSIONS} | {"customer": found.c.customer_id}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="-amount")
    return await listing(
        request, response, runtime, statement, ordering, query, customer_segment, CustomerSegment, "segments"
    )


@router.get("/ranking", responses=CSV, response_model=Page[RankedCustomer])
async def rank_customers(
    query: Annotated[RankingQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[RankedCustomer] | Response:
    """Rank the customers asked for among themselves, with the classes they would have if there were no others."""
    wanted = await query.filter(runtime)
    async with runtime.database.pool.acquire() as connection:
        rule = (await policy_in_force(connection)).policy.abc  # type: ignore[arg-type]
    found = reads.ranking(wanted, query.dimension, rule)
    ordering = Ordering({"rank": found.c.rank}, unique=found.c.customer_id, default="rank")
    item = partial(ranked_customer, query.dimension, wanted.currency)
    statement = select(found)
    return await listing(
        request, response, runtime, statement, ordering, query, item, RankedCustomer, "ranking"
    )


@router.get("/distribution", responses=CSV, response_model=list[GroupOfCustomers])
async def show_distribution(
    query: Annotated[DistributionQuery, Query()], runtime: LiveRuntime
) -> list[GroupOfCustomers] | Response:
    """Count customers per class and region, category, business form or salesperson, with what they make."""
    wanted = await query.filter(runtime)
    by = "salesperson_id" if query.by == "salesperson" else query.by or ""
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(reads.distribution(wanted, query.dimension, by))).all()
    items = [
        GroupOfCustomers(
            group=row.group,
            abc_class=row._mapping["class"],
            customers=row.customers,
            amount=decimal_string(row.amount_minor, wanted.currency),
            profit=None if row.profit_minor is None else decimal_string(row.profit_minor, wanted.currency),
        )
        for row in rows
    ]
    if query.format == "csv":
        return csv_answer("distribution.csv", list(GroupOfCustomers.model_fields), items)
    return items


@router.get("/changes", responses=CSV, response_model=Page[ClassChange])
async def list_changes(
    query: Annotated[ChangeQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[ClassChange] | Response:
    """Show changes of classes, the latest first."""
    statement = reads.changes(query.customer, query.from_day, query.to_day, query.currency)
    return await listing(
        request, response, runtime, statement, CHANGES, query, class_change, ClassChange, "class-changes"
    )


@router.get("/customers/{customer_id}", responses=UNKNOWN)
async def show_segments(customer_id: Id, runtime: LiveRuntime) -> list[CustomerSegment]:
    """Show what a customer did in the window and its classes, per currency."""
    async with runtime.database.engine.connect() as connection:
        day = await connection.scalar(DAY)
        rows = (await connection.execute(reads.segments_of(customer_id, day))).all() if day else []
    if not rows:
        raise _nothing(customer_id)
    return [customer_segment(row) for row in rows]


@router.get("/customers/{customer_id}/why", responses=UNKNOWN)
async def explain(customer_id: Id, runtime: LiveRuntime, currency: Currency | None = None) -> Why:
    """Explain a customer's classes: values, ranks, cumulative shares, boundaries, and which months count."""
    in_currency = currency or runtime.settings.currency
    async with runtime.database.pool.acquire() as pooled, pooled.transaction(readonly=True):
        connection: Any = pooled
        version, policy = await policy_in_force(connection)
        day = await company_day(connection)
        found = await standings(connection, customer_id, in_currency, policy.abc)
        if day is None or found is None:
            raise _nothing(customer_id)
        overall = await connection.fetchval(
            "SELECT overall FROM customer_classes WHERE customer_id = $1 AND currency = $2",
            *(customer_id, in_currency),
        )
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
        overall=overall,
        points=sum(weight * POINTS[found[d].class_ or "C"] for d, weight in weights.items()),
        weight=sum(weights.values()),
        a_from_percent=policy.abc.overall_a_percent,
        b_from_percent=policy.abc.overall_b_percent,
        dimensions=[why(d, standing, in_currency, policy.abc) for d, standing in found.items()],
    )


def _nothing(customer_id: str) -> Problem:
    return Problem(404, f"customer {customer_id!r} has done nothing in the window")
