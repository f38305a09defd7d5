"""Risk: a customer's score with its factors, and what persons enter."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from sqlalchemy import Row

from contracts.wire import Currency
from services.credit.api.accounts import no_account, today
from services.credit.api.common import UNKNOWN, WRITES, Body, CustomerId, Finance, Known, Reader, Why
from services.credit.api.risk_answers import RiskOut, RiskSummary, risk_out, summary_out
from services.credit.commands import person
from services.credit.queries import risk as queries
from services.credit.queries import writing
from services.credit.risk import HUNDREDTHS, Standing, decode_standing, refresh
from services.credit.risk_tables import risk_standings
from services.credit.rules.risk_policy import RiskClass
from services.credit.store import rulings
from services.kit.database import Connection
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import idempotent
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import COMPANY, OF_CUSTOMER

router = APIRouter(tags=["risk"])

ORDERING = Ordering(
    {
        "customer_id": risk_standings.c.customer_id,
        "score": risk_standings.c.score,
        "exposure": risk_standings.c.exposure,
    },
    unique=risk_standings.c.customer_id,
    default="score",
)

Rating = Annotated[
    Decimal | None, Field(ge=0, le=100, strict=False, description="0 (bad) to 100; null: not known")
]


async def current(connection: Connection, customer_id: str, day: date) -> Standing:
    """Return a customer's standing as of this moment.

    Raises:
        Problem: 404 when the customer has no account.
    """
    if await rulings.read_account(connection, customer_id) is None:
        raise no_account(customer_id)
    return (await refresh(connection, [customer_id], day))[customer_id]


class RiskQuery(PageQuery):
    """Filters of the list of risks; all given ones must hold."""

    risk_class: RiskClass | None = None
    currency: Currency | None = None
    score_below: int | None = Field(None, ge=0, le=101, description="only scores below this")


@router.get("/credit/risk", summary="List customers by risk", dependencies=[COMPANY])
async def list_risks(
    query: Annotated[RiskQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[RiskSummary]:
    """List customers by risk, the worst score first. Sort by `score`, `exposure` or `customer_id`.

    A moment behind the journal: `journal_seq` and `day` say how far each one reaches. One customer's page is exact.
    """
    statement = queries.select_standings()
    if query.risk_class is not None:
        statement = statement.where(risk_standings.c.risk_class == query.risk_class)
    if query.currency is not None:
        statement = statement.where(risk_standings.c.currency == query.currency)
    if query.score_below is not None:
        statement = statement.where(risk_standings.c.score < query.score_below * HUNDREDTHS)
    return await read_page(request, response, statement, ORDERING, query, _summary)


def _summary(row: Row[Any]) -> RiskSummary:
    return summary_out(decode_standing(row.body))


@router.get(
    "/accounts/{customer_id:path}/risk",
    responses=UNKNOWN,
    summary="Show a customer's risk",
    dependencies=[OF_CUSTOMER],
)
async def read_risk(customer_id: CustomerId, runtime: LiveRuntime, principal: Known) -> RiskOut:
    """Show a customer's risk score as of now, every factor with its value, points, weight and contribution.

    The class comes from the score by the policy in force, and with it the terms it proposes.
    """
    async with runtime.database.unit_of_work() as unit:
        standing = await current(unit.connection, customer_id, today(runtime))
        ruling = await rulings.last_ruling(unit.connection, customer_id)
    return risk_out(standing, ruling)


class EnteredIn(Body):
    """What persons know of the customer, in full: what is left out is not known. Numbers or decimal strings."""

    basic: Rating = None
    financial: Rating = None
    special: Rating = None
    years_in_business: Annotated[Decimal | None, Field(ge=0, le=1_000, strict=False)] = None
    capital: Annotated[
        Decimal | None,
        Field(ge=0, le=10**15, strict=False, description="in the account's currency; null: not known"),
    ] = None
    agency_report: Rating = None
    reason: Why


@router.put(
    "/accounts/{customer_id:path}/risk/entered",
    response_model=RiskOut,
    dependencies=[COMPANY, *WRITES],
    responses=UNKNOWN,
    summary="Enter what is known of a customer",
)
async def enter(
    customer_id: CustomerId, body: EnteredIn, request: Request, runtime: LiveRuntime, principal: Finance
) -> Response:
    """Enter the factors that are not in the books, in full. Every version is kept, with who entered it and why."""
    entered = {
        name: f"{value:f}" for name, value in body.model_dump(exclude={"reason"}, exclude_none=True).items()
    }
    async with idempotent(request, runtime, principal) as call:
        if call.replayed:
            return call.response
        connection = call.unit.connection
        await writing.lock_account(connection, customer_id)
        await rulings.write_entered(
            connection, customer_id, json.dumps(entered), person(principal), body.reason, runtime.clock.now()
        )
        standing = await current(connection, customer_id, today(runtime))
        return call.answer(200, risk_out(standing, await rulings.last_ruling(connection, customer_id)))
