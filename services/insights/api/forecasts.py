"""``GET /insights/forecasts/...``: expected orders, why they are expected, and the gaps of this month."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import select

from contracts.wire import Day, Id
from services.insights.api.forecast_answers import (
    ExpectedOrders,
    ExplainedForecast,
    MonthGap,
    expected_orders,
    explained,
    month_gap,
)
from services.insights.api.listing import CSV, listing
from services.insights.api.segments import READERS, FilterQuery
from services.insights.api.today import DAY
from services.insights.store import forecast_reads as reads
from services.insights.store.order_days import populations_of
from services.insights.store.product_forecasts import usual_of
from services.insights.store.segment_reads import known
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, Own
from services.kit.verify import snapshot

router = APIRouter(prefix="/insights/forecasts", tags=["forecasts"], dependencies=READERS)
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing is forecast of it"}}


class ExpectedQuery(FilterQuery):
    """Whose orders, expected when."""

    from_day: Day | None = Field(None, alias="from", description="first expected day")
    to_day: Day | None = Field(None, alias="to", description="last expected day, included")


@router.get("/customers", responses=CSV, response_model=Page[ExpectedOrders])
async def list_expected_orders(
    query: Annotated[ExpectedQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[ExpectedOrders] | Response:
    """Show the next order of each customer and what is expected of it, by day."""
    found = reads.forecasts(await query.filter(runtime, view), query.from_day, query.to_day)
    sorts = {
        n: found.c[n] for n in ("expected_day", "active", "amount_30", "amount_90", "orders_30", "orders_90")
    }
    ordering = Ordering(
        sorts | {"customer": found.c.customer_id}, unique=found.c.customer_id, default="expected_day"
    )
    return await listing(
        *(request, response, runtime, select(found), ordering, query, expected_orders, ExpectedOrders),
        "expected-orders",
    )


@router.get("/customers/{customer_id}", responses=UNKNOWN, dependencies=[OF_CUSTOMER])
async def explain_forecast(customer_id: Id, runtime: LiveRuntime) -> list[ExplainedForecast]:
    """Show what is expected of a customer, per currency, why on that day, and what the next order will hold."""
    async with runtime.database.engine.connect() as connection:
        day = await connection.scalar(DAY)
        rows = (await connection.execute(reads.forecasts_of(customer_id, day))).all() if day else []
        usual = (await connection.execute(usual_of(customer_id))).all() if rows else []
    if not rows:
        raise Problem(404, f"nothing is forecast of customer {customer_id!r}")
    async with snapshot(runtime.database) as reader:
        made_with = await populations_of(reader, [row.population for row in rows])
    return [explained(row, made_with[row.population], usual) for row in rows]


@router.get("/gaps", responses=CSV, response_model=Page[MonthGap])
async def list_gaps(
    query: Annotated[FilterQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[MonthGap] | Response:
    """Show this month against what was expected of it and against last year, the biggest gap in money first."""
    found = reads.gaps(await query.filter(runtime, view))
    names = ("gap_amount", "gap_orders", "year_gap_amount", "year_gap_orders", "amount", "rest_amount")
    sorts = {name: known(found.c[name]) for name in names} | {"customer": found.c.customer_id}
    ordering = Ordering(sorts, unique=found.c.customer_id, default="-gap_amount")
    return await listing(
        request, response, runtime, select(found), ordering, query, month_gap, MonthGap, "gaps"
    )
