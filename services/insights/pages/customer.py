"""The parts of a customer's page that insights draws: open alerts, order rhythm, trend and classes."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.insights.api.alerts.answers import Reader
from services.insights.api.alerts.inbox import AlertFilter, list_alerts
from services.insights.api.forecast_answers import ExplainedForecast
from services.insights.api.forecasts import explain_forecast
from services.insights.api.margins import Margin, MarginQuery, list_margins
from services.insights.api.segment_answers import ClassChange, CustomerSegment
from services.insights.api.segments import ChangeQuery, list_changes, show_segments
from services.insights.api.today import today_of
from services.insights.pages.alerts import alert_href
from services.insights.pages.common import Trade, console
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Page
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, view_of
from services.kit.web.figures import Chart, Series
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False, dependencies=[OF_CUSTOMER])

CustomerId = Annotated[Id, Path()]
NOT_KNOWN = 404
SHOWN_ALERTS, SHOWN_CHANGES, MONTHS = 10, 12, 24


@router.get("/customer/{customer_id:path}/alerts")
async def alerts(
    customer_id: CustomerId, request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """What is open about the customer, of what the reader may see."""
    query = AlertFilter(customer=customer_id, state="open", limit=SHOWN_ALERTS)
    page = await list_alerts(query, request, response, principal, language_of(request))
    return console.fragment(
        request,
        principal,
        "customer/alerts.html",
        alerts=page.items,
        customer_id=customer_id,
        href=alert_href,
        now=runtime.clock.now(),
    )


@router.get("/customer/{customer_id:path}/rhythm")
async def rhythm(
    customer_id: CustomerId, request: Request, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """When the next order is expected, and why."""
    found: list[ExplainedForecast] = []
    try:
        found = await explain_forecast(customer_id, runtime)
    except Problem as error:
        if error.status != NOT_KNOWN:
            raise
    return console.fragment(request, principal, "customer/rhythm.html", forecasts=found)


@router.get("/customer/{customer_id:path}/trend")
async def trend(
    customer_id: CustomerId, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """Sales, profit and margin of two years, by month."""
    today = await today_of(runtime)
    first = f"{today.year - MONTHS // 12}-{today.month:02d}"
    query = MarginQuery.model_validate(
        {"by": "month", "customer": [customer_id], "from": first, "limit": 100}
    )
    page = await list_margins(query, request, response, runtime, view_of(runtime, principal))
    assert isinstance(page, Page)
    months = every_month(page.items)
    charts = charts_of(months, runtime.settings.currency) if months else ()
    year = months[-12:]
    asked = {"customers": customer_id, "kind": "order"}
    asked |= {"from": year[0][0], "to": year[-1][0]} if year else {}
    return console.fragment(
        request,
        principal,
        "customer/trend.html",
        charts=charts,
        sales=sum((Decimal(m.amount) for _, m in year if m is not None), Decimal(0)),
        orders=sum(m.orders for _, m in year if m is not None),
        documents=f"/console/insights/margins/documents?{urlencode(asked)}",
        currency=runtime.settings.currency,
    )


def every_month(found: Sequence[Margin]) -> list[tuple[str, Margin | None]]:
    """Return the months from the first to the last, also those without trade."""
    by_month = {margin.key: margin for margin in found}
    if not by_month:
        return []
    months, (at, last) = [], (min(by_month), max(by_month))
    while at <= last:
        months.append((at, by_month.get(at)))
        day = date.fromisoformat(f"{at}-01")
        at = f"{day.year + day.month // 12}-{day.month % 12 + 1:02d}"
    return months


def charts_of(months: Sequence[tuple[str, Margin | None]], currency: str) -> tuple[Chart, Chart]:
    """Return sales and profit in money, and the margin in percent. A month without trade sold nothing at no margin."""
    names = [name for name, _ in months]
    sales = [float(m.amount) if m else 0.0 for _, m in months]
    profit = [float(m.profit) if m and m.profit is not None else None for _, m in months]
    margin = [m.margin_percent / 100 if m and m.margin_percent is not None else None for _, m in months]
    money = Chart(
        "customer-sales",
        "customer.trend.sales.chart",
        names,
        (
            Series("customer.trend.sales", sales, "bars", "one"),
            Series("customer.trend.profit", profit, "line", "three"),
        ),
        currency,
        "customer.month",
        220,
    )
    rate = Chart(
        "customer-margin",
        "customer.trend.margin.chart",
        names,
        (Series("customer.trend.margin", margin, "line", "three"),),
        "percent",
        "customer.month",
        160,
    )
    return money, rate


@router.get("/customer/{customer_id:path}/classes")
async def classes(
    customer_id: CustomerId, request: Request, response: Response, runtime: LiveRuntime, principal: Trade
) -> HTMLResponse:
    """The customer's classes now, and how they changed."""
    segments: list[CustomerSegment] = []
    try:
        segments = await show_segments(customer_id, runtime)
    except Problem as error:
        if error.status != NOT_KNOWN:
            raise
    query = ChangeQuery(customer=customer_id, limit=SHOWN_CHANGES)
    page = await list_changes(query, request, response, runtime, view_of(runtime, principal))
    assert isinstance(page, Page)
    changes: list[ClassChange] = page.items
    return console.fragment(
        request,
        principal,
        "customer/classes.html",
        segments=segments,
        changes=changes,
    )
