"""The parts of a customer's page that credit draws: exposure against the limit, and what is owed by age."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from contracts.wire import Id
from services.credit.api.account_answers import AccountOut
from services.credit.api.accounts import read_account
from services.credit.api.ageing import BucketOut, CustomerAgeingOut, read_ageing
from services.credit.api.common import Known
from services.credit.pages.common import console
from services.credit.pages.held import PAGE as HELD
from services.credit.pages.held_order import exposure_bar
from services.credit.pages.receivables import customer_page
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER
from services.kit.runtime import Runtime
from services.kit.web.console import formats_of
from services.kit.web.figures import Bar, Slice
from services.kit.web.formats import Formats
from services.kit.web.navigation import DESK, may_open

router = APIRouter(prefix="/console/credit", include_in_schema=False, dependencies=[OF_CUSTOMER])

CustomerId = Annotated[Id, Path()]
NOT_KNOWN = 404
TONES = {"current": "one", "days_1_30": "four", "days_31_60": "two", "days_61_90": "three", "over_90": "over"}


@router.get("/customer/{customer_id:path}/exposure")
async def exposure(
    customer_id: CustomerId, request: Request, runtime: LiveRuntime, principal: Known
) -> HTMLResponse:
    """Exposure by category against the limit, the terms, and what keeps orders from passing."""
    account = await _account(customer_id, runtime, principal)
    bar = exposure_bar(account, None, formats_of(request)) if account is not None else None
    held = f"{HELD}?{urlencode({'customer': customer_id})}" if may_open(principal, DESK) else ""
    return console.fragment(request, principal, "customer/exposure.html", account=account, bar=bar, held=held)


@router.get("/customer/{customer_id:path}/money")
async def money(
    customer_id: CustomerId, request: Request, runtime: LiveRuntime, principal: Known
) -> HTMLResponse:
    """What is owed by age, and how the customer pays."""
    account = await _account(customer_id, runtime, principal)
    if account is None:
        return console.fragment(request, principal, "customer/money.html", account=None)
    ageing = await read_ageing(customer_id, runtime, principal)
    return console.fragment(
        request,
        principal,
        "customer/money.html",
        account=account,
        ageing=ageing,
        bar=ageing_bar(ageing, formats_of(request)),
        owed=customer_page(customer_id) if may_open(principal, DESK) else "",
    )


def ageing_bar(ageing: CustomerAgeingOut, formats: Formats) -> Bar:
    """Return the open invoices by age."""
    return Bar([_slice(bucket, ageing.currency, formats) for bucket in ageing.buckets])


def _slice(bucket: BucketOut, currency: str, formats: Formats) -> Slice:
    shown = formats.money(bucket.amount, currency)
    return Slice(f"ageing.{bucket.bucket}", float(bucket.amount), shown, TONES[bucket.bucket])  # type: ignore[arg-type]


async def _account(customer_id: str, runtime: Runtime, principal: Principal) -> AccountOut | None:
    """Return the account; None: there is none yet, so the customer is cash only."""
    try:
        return await read_account(customer_id, runtime, principal)
    except Problem as error:
        if error.status != NOT_KNOWN:
            raise
        return None
