"""``GET /insights/segments/migration/customers`` and ``.../growth/customers``: who is behind their numbers."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.money import decimal_string
from contracts.wire import Text
from services.insights.api.listing import CSV, listing
from services.insights.api.months import Month
from services.insights.api.segment_answers import ClassOf
from services.insights.api.segments import READERS, Dimension, SearchQuery
from services.insights.rules.life_cycle import Stage
from services.insights.store import segment_reads as reads
from services.insights.store.segment_movers import CLASSES, grown, migrated
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY

router = APIRouter(prefix="/insights/segments", tags=["segments"], dependencies=READERS)

NONE = "none"
Growing = Literal["gained", "lost", "revived", "active", "dormant", "prospects"]


class MoverQuery(SearchQuery):
    """A cell of the matrix, or all of it."""

    from_month: Month = Field(alias="from")
    to_month: Month = Field(alias="to")
    dimension: Dimension | Literal["overall", "rfm_group", "tier", "grade"] = "overall"
    previous: Text | None = Field(None, description="class or group before; `none`: nothing in the window")
    current: Text | None = Field(None, description="class or group after; `none`")


class Move(BaseModel):
    """A class that is another one than before."""

    dimension: Dimension | Literal["overall"]
    previous: ClassOf | None
    current: ClassOf | None


class Mover(BaseModel):
    """A customer between the ends of two months."""

    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    previous: str | None = Field(description="null: nothing in the window")
    current: str | None
    amount: str = Field(description="of the window that the later month ends")
    moved: list[Move] = Field(
        description="the overall class and dimensions in which its class is another one"
    )


class GrownQuery(SearchQuery):
    """A number of a month."""

    month: Month
    what: Growing


class Grown(BaseModel):
    """A customer that a month gained or lost, or that was there at its end."""

    customer_id: str
    name: str
    region: str
    category: str
    business_form: str
    salesperson_id: str = Field(description="who looked after it at the end of the month; empty: nobody")
    before: Stage | None = Field(description="at the end of the month before; null: it was not known yet")
    stage: Stage
    first_order_day: date | None
    last_order_day: date | None


@router.get("/migration/customers", responses=CSV, response_model=Page[Mover], dependencies=[COMPANY])
async def list_movers(
    query: Annotated[MoverQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[Mover] | Response:
    """Show the customers behind migration, by amount downwards, with every dimension in which they moved."""
    wanted = await query.filter(runtime)
    if query.salesperson is not None:
        raise Problem(
            422, "migration is not split by salesperson", errors=[("query.salesperson", "must be left out")]
        )
    found = migrated(wanted, query.dimension, _first_day(query.from_month), _first_day(query.to_month))
    statement = select(found).where(*reads.called(found, query.search))
    for name in ("previous", "current"):
        asked = getattr(query, name)
        if asked is not None:
            statement = statement.where(found.c[name].is_(None) if asked == NONE else found.c[name] == asked)
    sorts = {"amount": found.c.amount_minor, "customer": found.c.customer_id}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="-amount")

    def item(row: Row[Any]) -> Mover:
        return _mover(row, wanted.currency)

    return await listing(request, response, runtime, statement, ordering, query, item, Mover, "migration")


@router.get("/growth/customers", responses=CSV, response_model=Page[Grown], dependencies=[COMPANY])
async def list_grown(
    query: Annotated[GrownQuery, Query()], request: Request, response: Response, runtime: LiveRuntime
) -> Page[Grown] | Response:
    """Show the customers behind a number of growth."""
    found = grown(await query.filter(runtime), _first_day(query.month), query.what)
    statement = select(found).where(*reads.called(found, query.search))
    ordering = Ordering({"customer": found.c.customer_id}, unique=found.c.customer_id, default="customer")
    return await listing(request, response, runtime, statement, ordering, query, _grown, Grown, "growth")


def _mover(row: Row[Any], currency: str) -> Mover:
    fields = row._mapping
    moved = [
        Move.model_validate(
            {
                "dimension": name.removesuffix("_class"),
                "previous": fields[f"was_{name}"],
                "current": fields[f"now_{name}"],
            }
        )
        for name in CLASSES
        if fields[f"was_{name}"] != fields[f"now_{name}"]
    ]
    kept = ("customer_id", "name", "region", "category", "business_form", "previous", "current")
    return Mover(
        **{name: fields[name] for name in kept},
        amount=decimal_string(fields["amount_minor"], currency),
        moved=moved,
    )


def _grown(row: Row[Any]) -> Grown:
    return Grown(**{name: row._mapping[name] for name in Grown.model_fields})


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
