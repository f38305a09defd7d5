"""The archive's card on Today: whom to call or visit, whose day has come."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from services.customers.api.common import Anybody
from services.customers.api.follow_up_answers import FollowUpOut
from services.customers.api.follow_ups import list_follow_ups
from services.customers.pages.common import console, prospect_href
from services.customers.pages.follow_ups import WorkQuery, day_tone
from services.customers.pages.names import customer_names, customer_phones, prospect_names
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Page
from services.kit.http.scope import Own
from services.kit.web.business_day import business_day_of

router = APIRouter(prefix="/console/customers", include_in_schema=False)

SHOWN = 5


@router.get("/today/calls")
async def calls(
    request: Request, response: Response, runtime: LiveRuntime, principal: Anybody, view: Own
) -> HTMLResponse:
    """What is due, longest overdue first, with the number to ring up; salespeople see their own."""
    day = await business_day_of(runtime)
    # One more than is shown says whether there are more.
    asked = WorkQuery(limit=SHOWN + 1).asked(day, principal)
    page: Page[FollowUpOut] = await list_follow_ups(asked, request, response, runtime, principal, view)
    items = page.items[:SHOWN]
    ids = [item.customer_id for item in items]
    return console.fragment(
        request,
        principal,
        "follow_ups/today.html",
        items=items,
        more=len(page.items) > SHOWN,
        names=await customer_names(runtime, ids),
        phones=await customer_phones(runtime, ids),
        prospects=await prospect_names(runtime, [item.prospect_id for item in items]),
        tone=lambda on: day_tone(on, day),
        prospect_href=prospect_href,
    )
