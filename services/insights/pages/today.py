"""The cards of insights on Today: open alerts, expected orders, gaps of the month, good customers gone quiet."""

from datetime import timedelta
from decimal import Decimal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.insights.api.alerts.answers import Reader
from services.insights.api.alerts.inbox import AlertFilter, count_alerts, list_alerts
from services.insights.api.dormancy import DormantCustomer, DormantQuery, list_dormant
from services.insights.api.forecast_answers import ExpectedOrders, MonthGap
from services.insights.api.forecasts import ExpectedQuery, list_expected_orders, list_gaps
from services.insights.api.segments import FilterQuery
from services.insights.pages.alerts import alert_href
from services.insights.pages.common import console
from services.insights.pages.visit import At
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Page
from services.kit.http.scope import BY_RULE
from services.kit.web.texts import language_of

router = APIRouter(prefix="/console/insights", include_in_schema=False)

SHOWN = 5
AHEAD = timedelta(days=7)


@router.get("/today/alerts", dependencies=[BY_RULE])
async def alerts(
    request: Request, response: Response, runtime: LiveRuntime, principal: Reader
) -> HTMLResponse:
    """The latest open alerts, in the reader's language."""
    query = AlertFilter(state="open", limit=SHOWN)
    page = await list_alerts(query, request, response, principal, language_of(request))
    total = sum(count.alerts for count in await count_alerts(runtime, principal))
    return console.fragment(
        request,
        principal,
        "today/alerts.html",
        alerts=page.items,
        more=total - len(page.items),
        now=runtime.clock.now(),
        href=alert_href,
    )


@router.get("/today/expected")
async def expected(at: At) -> HTMLResponse:
    """Whose next order is expected within a week."""
    query = ExpectedQuery(limit=SHOWN)
    day = (await query.filter(at.runtime, at.view)).day
    asked = query.model_copy(update={"from_day": day, "to_day": day + AHEAD})
    page = await list_expected_orders(asked, *at.asked)
    assert isinstance(page, Page)
    items: list[ExpectedOrders] = page.items
    return at.fragment("today/expected.html", items=items)


@router.get("/today/gaps")
async def gaps(at: At) -> HTMLResponse:
    """Who is furthest behind what was expected of them this month."""
    page = await list_gaps(FilterQuery(limit=SHOWN), *at.asked)
    assert isinstance(page, Page)
    items: list[MonthGap] = [gap for gap in page.items if Decimal(gap.gap_amount or 0) > 0]
    return at.fragment("today/gaps.html", items=items)


@router.get("/today/dormant")
async def dormant(at: At) -> HTMLResponse:
    """Who has gone quiet and is worth most."""
    query = DormantQuery(limit=SHOWN)
    page = await list_dormant(query, *at.asked)
    assert isinstance(page, Page)
    items: list[DormantCustomer] = [customer for customer in page.items if not customer.never_bought]
    return at.fragment("today/dormant.html", items=items)
