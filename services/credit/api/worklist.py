"""Whom to call about open invoices, where a call brings most first."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Row

from contracts.wire import Id
from services.credit.api.common import FilterAmount, MoneyQuery, Reader
from services.credit.api.risk_answers import CallOut, call_out
from services.credit.queries import risk as queries
from services.credit.risk import decode_standing
from services.credit.risk_tables import risk_standings
from services.credit.rules.risk_policy import RiskClass
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.pages import Ordering, Page, read_page
from services.kit.http.scope import COMPANY

router = APIRouter(tags=["worklist"])

ORDERING = Ordering(
    {
        "expected_recovery": risk_standings.c.call_value,
        "amount": risk_standings.c.call_amount,
        "overdue_days": risk_standings.c.overdue_days,
        "customer_id": risk_standings.c.customer_id,
    },
    unique=risk_standings.c.customer_id,
    default="-expected_recovery",
)


class WorklistQuery(MoneyQuery):
    """Filters of the worklist; all given ones must hold."""

    customer: Id | None = None
    risk_class: RiskClass | None = None
    min_amount: FilterAmount = Field(None, description="open on the invoices to talk about")
    min_recovery: FilterAmount = Field(None, description="expected of the call")
    overdue_days_over: int | None = Field(None, ge=0, le=100_000, description="of the oldest invoice")
    overdue_only: bool | None = Field(None, description="leaves out what only falls due soon")


@router.get("/credit/worklist", summary="List whom to call", dependencies=[COMPANY])
async def list_calls(
    query: Annotated[WorklistQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[CallOut]:
    """List customers with overdue or soon due invoices by what a call is expected to bring in, with the reason.

    Expected recovery is, over those invoices, what is open times what a call adds to the chance of being paid within
    the policy's horizon, by the forecast of payment dates. Who pays anyway comes late on the list, and so does who will
    not pay for long. Of one currency (the company's own if left out), since sums of two cannot be compared. Sort by
    `expected_recovery`, `amount`, `overdue_days` or `customer_id`.
    """
    standings = risk_standings.c
    currency = query.currency or runtime.settings.currency
    statement = queries.select_standings().where(standings.currency == currency, standings.call_amount > 0)
    least = query.minor(query.min_amount, "min_amount", runtime)
    recovery = query.minor(query.min_recovery, "min_recovery", runtime)
    conditions = (
        (query.customer, standings.customer_id == query.customer),
        (query.risk_class, standings.risk_class == query.risk_class),
        (least, standings.call_amount >= (least or 0)),
        (recovery, standings.call_value >= (recovery or 0)),
        (query.overdue_days_over, standings.overdue_days > (query.overdue_days_over or 0)),
        (query.overdue_only or None, standings.overdue_days > 0),
    )
    for wanted, condition in conditions:
        if wanted is not None:
            statement = statement.where(condition)
    return await read_page(request, response, statement, ORDERING, query, _call)


def _call(row: Row[Any]) -> CallOut:
    return call_out(decode_standing(row.body))
