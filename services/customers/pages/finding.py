"""Finding customers: what the search field shows, and names for pages of services that know only ids."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from contracts.wire import Id
from services.customers.api.answers import CustomerSummary
from services.customers.api.archive import CustomerQuery, list_customers
from services.customers.api.common import Anybody
from services.customers.pages.common import console
from services.customers.tables import customers
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import Own

router = APIRouter(prefix="/console/customers", include_in_schema=False)

SHOWN = 12
MOST_NAMES = 500


@router.get("/search")
async def search(
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
    q: Annotated[str, Query(min_length=1, max_length=100)],
) -> HTMLResponse:
    """Customers whose name or number has a text in it."""
    page = await list_customers(
        CustomerQuery(q=q, limit=SHOWN, sort="name"), request, response, runtime, view
    )
    found: list[CustomerSummary] = page.items
    return console.fragment(request, principal, "archive/search.html", found=found)


@router.get("/names")
async def names(
    runtime: LiveRuntime,
    view: Own,
    ids: Annotated[list[Id], Query(alias="id", max_length=MOST_NAMES)],
) -> dict[str, str]:
    """Return the names of customers by id; those without one are left out."""
    wanted = select(customers.c.customer_id, customers.c.name).where(
        customers.c.customer_id.in_(ids), customers.c.name != "", view.of(customers.c.customer_id)
    )
    async with runtime.database.engine.connect() as connection:
        rows = (await connection.execute(wanted)).all()
    return {row.customer_id: row.name for row in rows}
