"""``GET /orders``: the order book, by filters and one by one."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field
from sqlalchemy import Select

from contracts.wire import Id
from services.kit.http.auth import require
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import Own
from services.kit.runtime import Runtime
from services.orders.api import shown
from services.orders.api.answers import OrderOut, OrderSummary
from services.orders.api.scopes import OF_ORDER
from services.orders.rules.order import Status
from services.orders.store import reads
from services.orders.tables import orders

router = APIRouter(tags=["orders"], dependencies=[Depends(require())])

ORDERING = Ordering(
    {"placed_at": orders.c.dated_at, "amount": orders.c.amount_minor},
    unique=orders.c.order_id,
    default="-placed_at",
)


class OrderQuery(PageQuery):
    """Filters of the order book. Days are business days, both included."""

    customer: Id | None = None
    status: Status | None = Field(None, description="`announced` orders are only listed when asked for")
    outcome: Literal["approved", "held", "rejected"] | None = Field(
        None, description="of the decision in force"
    )
    salesperson: Id | None = None
    from_day: date | None = Field(None, alias="from", description="placed on this day or later")
    to_day: date | None = Field(None, alias="to", description="placed on this day or earlier")


@router.get("/orders")
async def list_orders(
    query: Annotated[OrderQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[OrderSummary]:
    """List orders, latest first; sort by `placed_at` or `amount`. Salespeople see those of their own customers."""
    statement = _filtered(reads.order_summaries(), query, runtime).where(view.of(orders.c.customer_id))
    return await read_page(request, response, statement, ORDERING, query, shown.summary)


def _filtered(statement: Select[Any], query: OrderQuery, runtime: Runtime) -> Select[Any]:
    columns = orders.c
    if query.customer is not None:
        statement = statement.where(columns.customer_id == query.customer)
    if query.salesperson is not None:
        statement = statement.where(columns.salesperson_id == query.salesperson)
    if query.outcome is not None:
        statement = statement.where(columns.outcome == query.outcome)
    if query.status is not None:
        statement = statement.where(columns.status == query.status)
    else:
        statement = statement.where(columns.placed_at.is_not(None))
    if query.from_day is not None:
        statement = statement.where(columns.dated_at >= _begin(query.from_day, runtime))
    if query.to_day is not None:
        statement = statement.where(columns.dated_at < _begin(query.to_day + timedelta(days=1), runtime))
    return statement


def _begin(day: date, runtime: Runtime) -> datetime:
    return datetime.combine(day, time.min, runtime.settings.zone)


@router.get(
    "/orders/{order_id}",
    responses={404: {"description": "Nothing is known of this order"}},
    dependencies=[OF_ORDER],
)
async def read_order(order_id: Id, runtime: LiveRuntime) -> OrderOut:
    """Show an order: its lines, every version of its decision, its shipments, invoices and returns."""
    async with runtime.database.engine.connect() as connection:
        row = await reads.order_summary(connection, order_id)
        if row is None:
            raise Problem(404, f"nothing is known of order {order_id!r}")
        lines = await reads.lines_of(connection, order_id, row.revision)
        parts = {
            "lines": [shown.line(item, row.currency) for item in lines],
            "revisions": shown.revisions(await reads.revisions_of(connection, order_id)),
            "decisions": [
                shown.decision(item) for item in await reads.decision_versions(connection, order_id)
            ],
            "shipments": shown.shipments(await reads.shipments_of(connection, order_id)),
            "invoices": shown.invoices(*await reads.invoices_of(connection, order_id)),
            "returns": shown.returns(*await reads.returns_of(connection, order_id)),
        }
        return shown.order(row, parts)
