"""Back-tests of a candidate policy: asked for, watched, and read."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, Text, cast, select

from contracts.errors import ContractError
from contracts.events.policies import PolicyDocument
from contracts.wire import Day, Id
from services.credit.api.account_answers import Money
from services.credit.api.common import UNKNOWN, WRITES, Body, Finance, Reader, money
from services.credit.api.policies import check_document
from services.credit.api.reasons import ReasonOut, reason_out
from services.credit.back_test import store
from services.credit.commands import person
from services.credit.rules.entries import ReasonEntry
from services.credit.rules.policy import document_text
from services.credit.tables import back_test_customers as customers
from services.credit.tables import back_test_flips as flips
from services.credit.tables import back_tests
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import COMPANY
from services.kit.runtime import Runtime

router = APIRouter(prefix="/credit/policies/back-test", tags=["policies"])

BackTestId = Annotated[Id, Path(description="the back-test")]
Outcome = Literal["approved", "held", "rejected"]
CUSTOMERS = Ordering(
    {
        name: customers.c[name]
        for name in ("number", "sales_blocked", "sales_passed", "overdue_avoided", "blocked")
    },
    unique=customers.c.number,
    default="-sales_blocked",
)
FLIPS = Ordering(
    {"number": flips.c.number, "amount": flips.c.amount}, unique=flips.c.number, default="number"
)


class BackTestIn(Body):
    """A candidate and the business days whose decisions it is tried on."""

    policy: PolicyDocument
    from_day: Day | None = Field(None, description="included; left out: from the first decision on")
    to_day: Day | None = Field(None, description="included; left out: up to the last decision")


class StartedOut(BaseModel):
    """A back-test that waits for its turn."""

    back_test_id: str
    status: Literal["queued"] = "queued"


class FiguresOut(BaseModel):
    """Decisions on new and amended orders in one currency, and what the candidate would have done with them."""

    currency: str
    decisions: int
    blocked: int = Field(description="approved then, not by the candidate")
    passed: int = Field(description="held or rejected then, approved by the candidate")
    restated: int = Field(description="held then and rejected by the candidate, or the other way round")
    sales_blocked: Money = Field(description="of an amended order what it grew by")
    sales_passed: Money
    overdue_avoided: Money = Field(
        description="what of the blocked sales later became overdue, when it first did; up to the end of the journal"
    )


class BackTestOut(BaseModel):
    """How far a back-test is, and its totals once it is done. History stays as it was: no flip changes what follows."""

    back_test_id: str
    status: Literal["queued", "running", "done", "failed"]
    done: int = Field(description="journal entries")
    total: int = Field(description="journal entries; 0 before it has begun")
    error: str
    from_day: date
    to_day: date
    created_at: datetime
    created_by: str
    policy: dict[str, Any]
    totals: list[FiguresOut] = Field(description="one per currency; currencies are never added up")


class CustomerOut(FiguresOut):
    """One customer with flips, in one currency."""

    customer_id: str


class FlipOut(BaseModel):
    """A decision that the candidate would have taken otherwise, with every rule that the order fails by it."""

    customer_id: str
    order_id: str
    journal_seq: int = Field(description="of the recorded decision")
    day: date
    recorded: Outcome
    candidate: Outcome
    amount: Money = Field(description="the sale blocked or let pass")
    currency: str
    reasons: list[ReasonOut]


class FlipQuery(PageQuery):
    """Filters of the flips; all given ones must hold."""

    customer: Id | None = None
    candidate: Outcome | None = None


@router.post(
    "",
    status_code=201,
    response_model=StartedOut,
    dependencies=[COMPANY, *WRITES],
    summary="Try a policy on the past",
)
async def start(body: BackTestIn, request: Request, runtime: LiveRuntime, principal: Finance) -> Response:
    """Try a candidate policy on the journal, in the background. It changes nothing.

    At each decision on a new or amended order the candidate sees the account as it really stood; its answer does not
    change what follows. Ask `GET` for progress and totals, then for `customers` and `flips`.
    """
    check_document(body.policy, (await request.json())["policy"])
    return await ask_for(body, request, runtime, principal)


async def ask_for(body: BackTestIn, request: Request, runtime: Runtime, principal: Principal) -> Response:
    """Put a back-test of a document that is known to be valid into the queue.

    Raises:
        ContractError: its days are the wrong way round.
    """
    first, last = body.from_day or date.min, body.to_day or date.max
    if last < first:
        raise ContractError("to_day", f"{last} is before from_day {first}")

    async def work(call: IdempotentCall) -> Response:
        back_test_id, text = uuid4().hex, document_text(body.policy)
        by, now = person(principal), runtime.clock.now()
        await store.ask_for(call.unit.connection, back_test_id, text, first, last, now, by)
        return call.answer(201, StartedOut(back_test_id=back_test_id))

    return await answer_once(request, runtime, principal, work)


@router.get(
    "/{back_test_id}",
    responses=UNKNOWN,
    summary="Show progress and totals of a back-test",
    dependencies=[COMPANY],
)
async def read(back_test_id: BackTestId, runtime: LiveRuntime, principal: Reader) -> BackTestOut:
    """Show how far a back-test is and, once its status is `done`, the totals per currency."""
    row = await _read(runtime, back_test_id)
    fields = dict(row._mapping)
    totals = json.loads(fields.pop("totals_text"))
    return BackTestOut(
        **fields | {"policy": json.loads(fields.pop("policy_text"))},
        totals=[FiguresOut(**_figures(currency, found)) for currency, found in sorted(totals.items())],
    )


async def _read(runtime: Runtime, back_test_id: str) -> Row[Any]:
    columns = [column for column in back_tests.c if column.name not in ("policy", "totals")]
    texts = [cast(back_tests.c[name], Text).label(f"{name}_text") for name in ("policy", "totals")]
    statement = select(*columns, *texts).where(back_tests.c.back_test_id == back_test_id)
    async with runtime.database.engine.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise Problem(
            404, f"there is no back-test {back_test_id!r}", errors=[("path.back_test_id", "is not known")]
        )
    return row


def _figures(currency: str, found: dict[str, int]) -> dict[str, Any]:
    def shown(name: str) -> int | str:
        return (
            found[name]
            if name in ("decisions", "blocked", "passed", "restated")
            else money(found[name], currency)
        )

    return {"currency": currency} | {name: shown(name) for name in store.FIGURES}


@router.get(
    "/{back_test_id}/customers",
    responses=UNKNOWN,
    summary="List the customers a candidate treats otherwise",
    dependencies=[COMPANY],
)
async def list_customers(
    back_test_id: BackTestId,
    query: Annotated[PageQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[CustomerOut]:
    """List the customers with flips, those with the most blocked sales first."""
    await _read(runtime, back_test_id)
    statement = select(customers).where(customers.c.back_test_id == back_test_id)

    def item(row: Row[Any]) -> CustomerOut:
        return CustomerOut(customer_id=row.customer_id, **_figures(row.currency, dict(row._mapping)))

    return await read_page(request, response, statement, CUSTOMERS, query, item)


@router.get(
    "/{back_test_id}/flips",
    responses=UNKNOWN,
    summary="List the decisions a candidate flips",
    dependencies=[COMPANY],
)
async def list_flips(
    back_test_id: BackTestId,
    query: Annotated[FlipQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Reader,
) -> Page[FlipOut]:
    """List the decisions that the candidate would have taken otherwise, by customer and in order."""
    await _read(runtime, back_test_id)
    columns = [column for column in flips.c if column is not flips.c.reasons]
    statement = select(*columns, cast(flips.c.reasons, Text).label("reasons")).where(
        flips.c.back_test_id == back_test_id
    )
    if query.customer is not None:
        statement = statement.where(flips.c.customer_id == query.customer)
    if query.candidate is not None:
        statement = statement.where(flips.c.candidate == query.candidate)
    return await read_page(request, response, statement, FLIPS, query, _flip_out)


def _flip_out(row: Row[Any]) -> FlipOut:
    reasons = [ReasonEntry(**reason) for reason in json.loads(row.reasons)]
    return FlipOut(
        customer_id=row.customer_id,
        order_id=row.order_id,
        journal_seq=row.journal_seq,
        day=row.day,
        recorded=row.recorded,
        candidate=row.candidate,
        amount=money(row.amount, row.currency),
        currency=row.currency,
        reasons=[reason_out(reason, row.currency) for reason in reasons],
    )
