"""The archive card: entering customers, changing their cards, finding them."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from contracts.events import EventData
from contracts.events.customers import CustomerAssigned, CustomerChanged, CustomerCreated, Ownership
from contracts.wire import Id, Text
from services.customers import store
from services.customers.api import answers, now_answers
from services.customers.api.answers import CardOut, CustomerOut, CustomerSummary, WrittenCustomer
from services.customers.api.common import (
    Anybody,
    Keeper,
    Known,
    check_contacts,
    masked,
    sees_accounts,
    today,
)
from services.customers.api.now_answers import MOST_OPEN
from services.customers.api.requests import CardChangeIn, CustomerIn
from services.customers.commands import carry_out, carry_out_all
from services.customers.store import follow_up_reads, reads, satisfaction_reads
from services.customers.tables import customers
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision, located
from services.kit.http.problems import Problem
from services.kit.http.scope import OF_CUSTOMER, Own
from services.kit.runtime import Runtime

router = APIRouter(prefix="/customers", tags=["customers"])

ORDERING = Ordering(
    {
        "customer_id": customers.c.customer_id,
        "name": customers.c.name,
        "exposure": reads.EXPOSURE,
        "overdue": reads.OVERDUE,
    },
    unique=customers.c.customer_id,
    default="customer_id",
)
"""Exposure and overdue sort by number, whatever the currency."""


class CustomerQuery(PageQuery):
    """Filters of the archive."""

    q: str | None = Field(
        None, min_length=1, max_length=100, description="text in the name, short name or id"
    )
    prefix: str | None = Field(
        None, min_length=1, max_length=100, description="how the name, short name or id begins"
    )
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    ownership: Ownership | None = None
    tag: Text | None = Field(None, description="only those that have this tag")
    salesperson: Id | None = Field(None, description="who looks after it on the day `as_of`")
    as_of: date | None = Field(None, description="day of the assignment, today by default")
    standing: (
        Literal["blacklisted", "on_hold", "overdue", "over_limit", "held_orders", "cash_only", "unlimited"]
        | None
    ) = None
    carded: bool = Field(True, description="false: those that trade although nobody has entered a card")


@router.post(
    "",
    status_code=201,
    response_model=WrittenCustomer,
    dependencies=[DOCUMENTED],
    responses={409: {"description": "The id is taken by a customer with another card"}},
)
async def enter_customer(
    body: CustomerIn, request: Request, runtime: LiveRuntime, principal: Keeper, view: Own
) -> Response:
    """Enter a customer. It is cash only (0 days, limit 0) until finance sets its terms.

    The same card again gets the same answer; the ETag is the card's revision. A salesperson who enters a customer looks
    after it from that day on, and is told nothing of a customer that is somebody else's.
    """
    check_contacts(body.contacts)
    created = CustomerCreated(revision=1, by=person(principal), **body.model_dump())

    async def enter(call: IdempotentCall) -> Response:
        known = await store.lock_customer(call.unit.connection, body.customer_id)
        if known is not None and not await view.sees(body.customer_id):
            raise Problem(409, "this id is taken", errors=[("customer_id", "is taken")])
        bodies: list[tuple[EventData, str]] = [(created, body.customer_id)]
        if known is None and view.staff_id is not None:
            seller = await store.salesperson(call.unit.connection, view.staff_id)
            if seller is not None and seller.active_on(view.day):
                assigned = CustomerAssigned(
                    customer_id=body.customer_id,
                    salesperson_id=view.staff_id,
                    from_day=view.day,
                    by=person(principal),
                )
                bodies.append((assigned, body.customer_id))
        await carry_out_all(runtime, call.unit, bodies)
        return call.answer(201, await _written(runtime, call.unit, body.customer_id))

    answer = await answer_once(request, runtime, principal, enter)
    return located(answer, f"/customers/{body.customer_id}")


@router.put(
    "/{customer_id}",
    response_model=WrittenCustomer,
    dependencies=[OF_CUSTOMER, DOCUMENTED],
    responses={
        404: {"description": "Nobody has entered this customer"},
        409: {"description": "The body's revision is not the card's any more"},
        412: {"description": "If-Match is not the card's revision any more"},
        428: {"description": "Neither If-Match nor revision says what was read"},
    },
)
async def change_card(
    customer_id: Id,
    body: CardChangeIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a customer's card, in full. The bank account stays as it is when it is left out."""
    check_contacts(body.contacts)

    async def change(call: IdempotentCall) -> Response:
        known = await store.lock_customer(call.unit.connection, customer_id)
        if known is None or known.revision == 0:
            raise Problem(404, f"nobody has entered customer {customer_id!r}; POST /customers does")
        revision = expected_revision(if_match, body.revision, known.revision) + 1
        card = body.model_dump(exclude={"revision"})
        if card["bank_account"] in (None, masked(known.bank_account)):
            card["bank_account"] = known.bank_account
        by = person(principal)
        changed = CustomerChanged(customer_id=customer_id, revision=revision, by=by, **card)
        await carry_out(runtime, call.unit, changed, customer_id)
        return call.answer(200, await _written(runtime, call.unit, customer_id))

    answer = await answer_once(request, runtime, principal, change)
    return located(answer, f"/customers/{customer_id}")


async def _written(runtime: Runtime, unit: UnitOfWork, customer_id: str) -> WrittenCustomer:
    customer = await store.lock_customer(unit.connection, customer_id)
    assert customer is not None
    standing = await store.standing_of(unit.connection, customer_id)
    return answers.written(customer, standing, runtime.settings.currency)


@router.get("", dependencies=[Known])
async def list_customers(
    query: Annotated[CustomerQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    view: Own,
) -> Page[CustomerSummary]:
    """List customers by id; sort by `customer_id`, `name`, `exposure` or `overdue`. Salespeople see their own."""
    as_of = query.as_of or today(runtime)
    statement = reads.summaries(as_of).where(
        customers.c.revision > 0 if query.carded else customers.c.revision == 0,
        view.of(customers.c.customer_id),
    )
    exact = (
        (customers.c.region, query.region),
        (customers.c.category, query.category),
        (customers.c.business_form, query.business_form),
        (customers.c.ownership, query.ownership),
    )
    for column, value in exact:
        if value is not None:
            statement = statement.where(column == value)
    if query.tag is not None:
        statement = statement.where(customers.c.tags.contains([query.tag]))
    if query.q is not None:
        statement = statement.where(reads.containing(query.q))
    if query.prefix is not None:
        statement = statement.where(reads.beginning(query.prefix))
    if query.salesperson is not None:
        statement = statement.where(reads.owned_by(query.salesperson, as_of))
    if query.standing is not None:
        statement = statement.where(reads.STANDINGS[query.standing]())
    currency = runtime.settings.currency
    return await read_page(
        request, response, statement, ORDERING, query,
        lambda row: answers.summary(row, currency),
        file=("customers", CustomerSummary),
    )  # fmt: skip


@router.get(
    "/{customer_id}", responses={404: {"description": "Nothing is known of it"}}, dependencies=[OF_CUSTOMER]
)
async def read_customer(
    customer_id: Id,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    as_of: Annotated[date | None, Query(description="day of `salesperson_id`, today by default")] = None,
) -> CustomerOut:
    """Show a customer: card, contacts, credit standing, open follow-ups, satisfaction, and its history.

    The ETag is the revision. The bank account is masked for sales and ops.
    """
    async with runtime.database.engine.connect() as connection:
        row = await reads.summary(connection, customer_id, as_of or today(runtime))
        if row is None:
            raise Problem(404, f"nothing is known of customer {customer_id!r}")
        parts = {
            "contacts": answers.contacts(await reads.contacts_of(connection, customer_id)),
            "assignments": answers.assignments(await reads.assignments_of(connection, customer_id)),
            "blacklistings": answers.blacklistings(await reads.blacklistings_of(connection, customer_id)),
            **now_answers.open_work(*await follow_up_reads.open_of(connection, customer_id, MOST_OPEN)),
            "satisfaction": now_answers.satisfaction(
                await satisfaction_reads.now_of(connection, customer_id)
            ),
        }
    response.headers["ETag"] = f'"{row.revision}"'
    return answers.customer(row, runtime.settings.currency, parts, accounts=sees_accounts(principal))


@router.get("/{customer_id}/cards", dependencies=[OF_CUSTOMER])
async def list_cards(customer_id: Id, runtime: LiveRuntime, principal: Anybody) -> list[CardOut]:
    """Show every card the customer ever had, newest first."""
    async with runtime.database.engine.connect() as connection:
        rows = await reads.cards_of(connection, customer_id)
    return answers.cards(rows, accounts=sees_accounts(principal))
