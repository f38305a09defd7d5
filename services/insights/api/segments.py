"""``GET /insights/segments/...``: classes of customers, rankings inside a filter, distributions, changes, and why."""

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contracts.money import decimal_string
from contracts.wire import Currency, Day, Id, Text
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.segment_answers import (
    ClassChange,
    CustomerSegment,
    GroupOfCustomers,
    RankedCustomer,
    class_change,
    customer_segment,
    ranked_customer,
)
from services.insights.api.today import DAY, today_of
from services.insights.classing import VALUES
from services.insights.rules.abc import DIMENSIONS
from services.insights.rules.life_cycle import Stage
from services.insights.store import segment_reads as reads
from services.insights.store.policies import policy_in_force
from services.insights.store.segment_reads import Filter, known
from services.insights.tables_segments import class_changes
from services.kit.http.auth import require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.exports import Format, file_answer
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, Own, View
from services.kit.runtime import Runtime
from services.kit.verify import snapshot

READERS = [Depends(require("sales", "finance", "manager"))]
router = APIRouter(prefix="/insights/segments", tags=["segments"], dependencies=READERS)

Dimension = Literal["orders", "amount", "products", "profit", "margin", "quantity", "collections"]
RfmGroup = Literal[
    "champions",
    "loyal",
    "potential_loyalists",
    "new_customers",
    "promising",
    "need_attention",
    "about_to_sleep",
    "at_risk",
    "cannot_lose",
    "hibernating",
    "lost",
]
Tier = Literal["platinum", "gold", "iron", "lead", "loss"]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "It has done nothing in the window"}}


class WhoQuery(BaseModel):
    """Which customers; region, category, business form and salesperson are those of today."""

    currency: Currency | None = Field(
        None, description="the company's own if left out; they are never added up"
    )
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    salesperson: Id | None = Field(None, description="who looks after the customer now")

    async def filter(self, runtime: Runtime, view: View | None = None) -> Filter:
        """Return the customers asked for, of those that the caller sees."""
        return Filter(
            *(self.currency or runtime.settings.currency, await today_of(runtime)),
            *(self.region, self.category, self.business_form, self.salesperson),
            None if view is None or view.everything else view.of,
        )


class FilterQuery(WhoQuery, ListQuery):
    """A list of customers, or of some of them."""


class TableQuery(WhoQuery):
    """A table over customers, or over some of them, all of it at once."""

    model_config = ConfigDict(extra="forbid")

    format: Format = "json"


class SearchQuery(FilterQuery):
    """A list of customers in which somebody is looked for."""

    search: Text | None = Field(None, description="part of the customer's name or number")


class SegmentQuery(SearchQuery):
    """Customers of one class, perhaps in one dimension."""

    class_: Literal["A", "B", "C"] | None = Field(None, alias="class")
    dimension: Dimension | None = Field(None, description="of the class; left out: overall")
    rfm_group: RfmGroup | None = None
    tier: Tier | None = None
    grade: Annotated[str, Field(pattern="^[A-Z]$")] | None = None
    stage: Stage | None = None


class RankingQuery(SearchQuery):
    """By what to rank. A search shows fewer of the customers and ranks them as without it."""

    dimension: Dimension = "amount"


class DistributionQuery(TableQuery):
    """What to count by what."""

    dimension: Dimension | Literal["overall", "rfm_group", "tier", "grade", "stage"] = "overall"
    by: Literal["region", "category", "business_form", "salesperson"] | None = None


class ChangeQuery(ListQuery):
    """Which changes."""

    customer: Id | None = None
    currency: Currency | None = None
    from_day: Day | None = Field(None, alias="from")
    to_day: Day | None = Field(None, alias="to", description="included")
    dimension: Dimension | None = Field(None, description="in which the customer moved")
    way: Literal["up", "down"] | None = Field(None, description="of the overall class; no class is below C")


CHANGES = Ordering({"id": class_changes.c.id}, unique=class_changes.c.id, default="-id")


@router.get("/customers", responses=CSV, response_model=Page[CustomerSegment])
async def list_segments(
    query: Annotated[SegmentQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[CustomerSegment] | Response:
    """Show customers with what they did in the window and their classes, by amount downwards."""
    found = reads.segments(await query.filter(runtime, view))
    statement = select(found).where(*reads.called(found, query.search))
    if query.class_ is not None:
        column = "overall" if query.dimension is None else f"{query.dimension}_class"
        statement = statement.where(found.c[column] == query.class_)
    for name in ("rfm_group", "tier", "grade", "stage"):
        if (asked := getattr(query, name)) is not None:
            statement = statement.where(found.c[name] == asked)
    sorts = {d: known(found.c[VALUES[d]]) for d in DIMENSIONS} | {"customer": found.c.customer_id}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="-amount")
    return await listing(
        request, response, runtime, statement, ordering, query, customer_segment, CustomerSegment, "segments"
    )


@router.get("/ranking", responses=CSV, response_model=Page[RankedCustomer])
async def rank_customers(
    query: Annotated[RankingQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[RankedCustomer] | Response:
    """Rank the customers asked for among themselves, with the classes they would have if there were no others."""
    wanted = await query.filter(runtime, view)
    async with snapshot(runtime.database) as connection:
        rule = (await policy_in_force(connection)).policy.abc
    beginning = query.cursor is None and query.sort in (None, "rank") and query.format == "json"
    first = query.limit + 1 if beginning and query.search is None else None
    found = reads.ranking(wanted, query.dimension, rule, first)
    ordering = Ordering({"rank": found.c.rank}, unique=found.c.customer_id, default="rank")
    item = partial(ranked_customer, query.dimension, wanted.currency)
    statement = select(found).where(*reads.called(found, query.search))
    return await listing(
        request, response, runtime, statement, ordering, query, item, RankedCustomer, "ranking"
    )


@router.get("/distribution", responses=CSV, response_model=list[GroupOfCustomers])
async def show_distribution(
    query: Annotated[DistributionQuery, Query()], runtime: LiveRuntime, view: Own
) -> list[GroupOfCustomers] | Response:
    """Count customers per class and region, category, business form or salesperson, with what they make."""
    wanted = await query.filter(runtime, view)
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
    if query.format == "json":
        return items
    return await file_answer(query.format, "distribution", GroupOfCustomers, items, runtime.settings.zone)


@router.get("/changes", responses=CSV, response_model=Page[ClassChange])
async def list_changes(
    query: Annotated[ChangeQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[ClassChange] | Response:
    """Show changes of classes, the latest first."""
    statement = reads.changes(query.customer, query.from_day, query.to_day, query.currency)
    statement = statement.where(
        view.of(class_changes.c.customer_id), *reads.moved(query.dimension, query.way)
    )
    return await listing(
        request, response, runtime, statement, CHANGES, query, class_change, ClassChange, "class-changes"
    )


@router.get("/customers/{customer_id}", responses=UNKNOWN, dependencies=[OF_CUSTOMER])
async def show_segments(customer_id: Id, runtime: LiveRuntime) -> list[CustomerSegment]:
    """Show what a customer did in the window and its classes, per currency."""
    async with runtime.database.engine.connect() as connection:
        day = await connection.scalar(DAY)
        rows = (await connection.execute(reads.segments_of(customer_id, day))).all() if day else []
    if not rows:
        raise nothing(customer_id)
    return [customer_segment(row) for row in rows]


def nothing(customer_id: str) -> Problem:
    """Return the answer for a customer without anything in the window."""
    return Problem(404, f"customer {customer_id!r} has done nothing in the window")
