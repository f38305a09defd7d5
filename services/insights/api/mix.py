"""``GET /insights/mix/comparisons/{id}/...``: who buys much of one product group and too little of the other."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, select

from contracts.money import decimal_string
from contracts.wire import Id
from services.insights.api.forecast_answers import Customer
from services.insights.api.listing import CSV, ListQuery, listing
from services.insights.api.mix_comparisons import UNKNOWN, comparison_in_force
from services.insights.api.segments import READERS, WhoQuery
from services.insights.store import mix_reads as reads
from services.insights.store.segment_reads import known
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.scope import Own

router = APIRouter(prefix="/insights/mix/comparisons", tags=["mix"], dependencies=READERS)
MOST_POINTS = 5_000


class MixQuery(WhoQuery, ListQuery):
    """Which customers, and of those perhaps only who is below the target."""

    below: bool | None = Field(None, description="true: below the target; false: at it or above")
    customer: Id | None = None


class PointsQuery(WhoQuery):
    """Which customers to draw."""

    points: int = Field(1_000, ge=1, le=MOST_POINTS, description="at most; those who miss most come first")


class MixedCustomer(Customer):
    """What a customer bought of both groups in the window, returns subtracted."""

    one_amount: str
    two_amount: str
    share_percent: float | None = Field(
        description="of group two in both, rounded down; a group that was taken back counts as 0; null: nothing"
    )
    distance_percent: float | None = Field(description="share less target, in percentage points")
    target_amount: str = Field(description="of group two that would reach the target beside one_amount")
    missing_amount: str = Field(description="target_amount less two_amount; 0: the target is reached")
    version: int = Field(description="of the comparison by which the amounts were derived")


class Point(BaseModel):
    """A customer on the plane; both in money."""

    customer_id: str
    name: str
    x: str = Field(description="bought of group one")
    y: str = Field(description="bought of group two")
    below: bool


class Line(BaseModel):
    """The target from (0, 0) to the right edge: who is under it buys too little of group two."""

    x: str
    y: str


class Scatter(BaseModel):
    """All that is drawn: axes, target line, points, and sums over all customers asked for."""

    comparison_id: str
    version: int
    currency: str
    x_name: str
    y_name: str
    target_percent: int
    target_line: list[Line]
    customers: int = Field(description="who bought of either group; more than points where they are limited")
    below: int
    one_amount: str
    two_amount: str
    missing_amount: str
    points: list[Point]


def _item(currency: str, row: Row[Any]) -> MixedCustomer:
    found = row._mapping
    return MixedCustomer(
        **{n: found[n] for n in Customer.model_fields if n != "currency"},
        currency=currency,
        one_amount=decimal_string(row.one, currency),
        two_amount=decimal_string(row.two, currency),
        share_percent=None if row.share is None else row.share / 100,
        distance_percent=None if row.distance is None else row.distance / 100,
        target_amount=decimal_string(row.line, currency),
        missing_amount=decimal_string(row.missing, currency),
        version=row.version,
    )


@router.get("/{comparison_id}/customers", responses=CSV | UNKNOWN, response_model=Page[MixedCustomer])
async def list_mix(
    comparison_id: Id,
    query: Annotated[MixQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[MixedCustomer] | Response:
    """Show each customer's mix, the most money missing to the target first."""
    target = (await comparison_in_force(runtime, comparison_id)).comparison["target_percent"]
    wanted = await query.filter(runtime, view)
    found = reads.compared(wanted, comparison_id, target)
    statement = select(found)
    if query.below is not None:
        statement = statement.where(found.c.missing > 0 if query.below else found.c.missing == 0)
    if query.customer is not None:
        statement = statement.where(found.c.customer_id == query.customer)
    sorts = {n: known(found.c[n]) for n in ("missing", "one", "two", "share")}
    ordering = Ordering(
        sorts | {"customer": found.c.customer_id}, unique=found.c.customer_id, default="-missing"
    )
    return await listing(
        *(request, response, runtime, statement, ordering, query, partial(_item, wanted.currency)),
        *(MixedCustomer, "mix"),
    )


@router.get("/{comparison_id}/scatter", responses=UNKNOWN)
async def show_scatter(
    comparison_id: Id, query: Annotated[PointsQuery, Query()], runtime: LiveRuntime, view: Own
) -> Scatter:
    """Show customers on the plane of both groups, with the target line and sums, as of one moment."""
    in_force = await comparison_in_force(runtime, comparison_id)
    comparison, target = in_force.comparison, in_force.comparison["target_percent"]
    wanted = await query.filter(runtime, view)
    found = reads.compared(wanted, comparison_id, target)
    order = (found.c.missing.desc(), found.c.one.desc(), found.c.customer_id)
    async with runtime.database.engine.connect() as connection:
        connection = await connection.execution_options(isolation_level="REPEATABLE READ")
        total = (await connection.execute(reads.totals(found))).one()
        rows = (await connection.execute(select(found).order_by(*order).limit(query.points))).all()
    money = partial(decimal_string, currency=wanted.currency)
    edge = max(total.widest, 0)
    return Scatter(
        comparison_id=comparison_id,
        version=in_force.version,
        currency=wanted.currency,
        x_name=comparison["one"]["name"],
        y_name=comparison["two"]["name"],
        target_percent=target,
        target_line=[Line(x=money(x), y=money(x * target // (100 - target))) for x in (0, edge)],
        customers=total.customers,
        below=total.below,
        one_amount=money(total.one),
        two_amount=money(total.two),
        missing_amount=money(total.missing),
        points=[
            Point(
                customer_id=row.customer_id,
                name=row.name,
                x=money(row.one),
                y=money(row.two),
                below=row.missing > 0,
            )
            for row in rows
        ],
    )
