"""Prospects: their card, their grade with every factor, and who was not visited."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field
from sqlalchemy import Row, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.events.prospects import ProspectChanged, ProspectEntered
from contracts.wire import Amount, Currency, Day, Id, Text
from services.customers import store
from services.customers.api import prospect_answers as answers
from services.customers.api.common import (
    CONFLICT,
    REVISED,
    UNKNOWN,
    Anybody,
    Body,
    ContactIn,
    Keeper,
    ShownText,
    active_salesperson,
    assigns,
    check_contacts,
    refused,
    today,
)
from services.customers.api.prospect_answers import ProspectOut, ProspectSummary, WrittenProspect
from services.customers.api.scopes import OF_PROSPECT, seen_prospects
from services.customers.commands import carry_out, moment_after
from services.customers.rules.grading import Graded, grade
from services.customers.rules.prospects import Prospect, Status, values_of
from services.customers.store import prospect_reads as reads
from services.customers.tables import prospects
from services.kit.commands import answer_once
from services.kit.database import UnitOfWork
from services.kit.http.auth import Principal, person
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.preconditions import expected_revision, located
from services.kit.http.problems import Problem
from services.kit.http.scope import OPEN, Own
from services.kit.runtime import Runtime

router = APIRouter(prefix="/prospects", tags=["prospects"])


def ordering(zone: str) -> Ordering:
    """Sorts: a prospect without a grade stands below every score, one without a due visit as if it were due last."""
    sorts = {
        "prospect_id": prospects.c.prospect_id,
        "name": prospects.c.name,
        "score": reads.SCORE,
        "visit_due": reads.by_visit_due(zone),
        "created_at": reads.CREATED_AT,
    }
    return Ordering(sorts, unique=prospects.c.prospect_id, default="prospect_id")


class ProspectCardIn(Body):
    """A prospect's card, in full. What is not known is left out: the grading says how that counts."""

    name: ShownText
    short_name: Text = ""
    kind: Text = Field("", description="kind of business", examples=["tea house"])
    region: Text = ""
    category: Text = ""
    business_form: Text = ""
    currency: Currency | None = Field(None, description="of the amounts; the company's own if left out")
    assets: Amount | None = Field(None, examples=["800000.00"])
    sales_volume: Amount | None = Field(None, description="a year")
    growth_percent: Annotated[int, Field(ge=-100, le=100_000)] | None = None
    potential_need: Amount | None = Field(None, description="what it could buy here in a year")
    salesperson_id: Id | None = Field(None, description="who looks after it; must be active")
    next_visit: Day | None = None
    source: Text = Field("", description="how the company came to know of it")
    notes: Text = ""
    tags: Annotated[list[Text], Field(default_factory=list, max_length=50)]
    contacts: Annotated[list[ContactIn], Field(default_factory=list, max_length=50)]


class ProspectIn(ProspectCardIn):
    """A new prospect."""

    prospect_id: Id


class ProspectChangeIn(ProspectCardIn):
    """A prospect's card from now on. ``revision`` is the one it was read at, unless If-Match says so."""

    revision: Annotated[int, Field(ge=1, le=999_999)] | None = None


EARLIEST = date(1900, 1, 1)
"""A day that one can still take days from."""


class ProspectQuery(PageQuery):
    """Filters of the list."""

    q: str | None = Field(
        None, min_length=1, max_length=100, description="text in the name, short name or id"
    )
    status: Status | None = None
    kind: Text | None = None
    region: Text | None = None
    category: Text | None = None
    business_form: Text | None = None
    salesperson: Id | None = None
    grade: Text | None = None
    tag: Text | None = None
    min_score: int | None = Field(None, ge=0, le=100)
    visit_due: bool | None = Field(None, description="true: open, and a visit is due by `as_of`")
    unvisited_days: int | None = Field(
        None, ge=0, le=36_500, description="open, entered so many days before `as_of`, and never visited"
    )
    as_of: date | None = Field(None, ge=EARLIEST, description="today by default")


@router.post(
    "", status_code=201, response_model=WrittenProspect, dependencies=[OPEN, DOCUMENTED], responses=CONFLICT
)
async def enter_prospect(
    body: ProspectIn, request: Request, runtime: LiveRuntime, principal: Keeper
) -> Response:
    """Enter a prospect; it is graded at once. The same card again: the same answer; another one: 409."""
    check_contacts(body.contacts)
    card = _card(body, runtime)

    async def work(call: IdempotentCall) -> Response:
        if body.salesperson_id is not None:
            await active_salesperson(call.unit.connection, body.salesperson_id, today(runtime))
        entered = ProspectEntered(revision=1, by=person(principal), **card)
        await carry_out(runtime, call.unit, entered, body.prospect_id)
        return call.answer(201, await written_prospect(call.unit, body.prospect_id))

    return located(await answer_once(request, runtime, principal, work), f"/prospects/{body.prospect_id}")


@router.put(
    "/{prospect_id}",
    response_model=WrittenProspect,
    dependencies=[OF_PROSPECT, DOCUMENTED],
    responses=REVISED,
)
async def change_prospect(
    prospect_id: Id,
    body: ProspectChangeIn,
    request: Request,
    runtime: LiveRuntime,
    principal: Keeper,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Change a prospect's card, in full; it is graded anew. Whom it belongs to changes by a manager or a system only.

    Anybody may say who looks after one that is nobody's.
    """
    check_contacts(body.contacts)
    card = _card(body, runtime)
    del card["revision"]

    async def work(call: IdempotentCall) -> Response:
        known = await known_prospect(call.unit, prospect_id)
        revision = expected_revision(if_match, body.revision, known.revision) + 1
        if body.salesperson_id != known.salesperson_id:
            _check_handover(principal, known, body.salesperson_id)
        if body.salesperson_id not in (None, known.salesperson_id):
            assert body.salesperson_id is not None
            await active_salesperson(call.unit.connection, body.salesperson_id, today(runtime))
        changed = ProspectChanged(prospect_id=prospect_id, revision=revision, by=person(principal), **card)
        moment = moment_after(runtime, known.changed_at)
        await carry_out(runtime, call.unit, changed, prospect_id, moment=moment)
        return call.answer(200, await written_prospect(call.unit, prospect_id))

    return located(await answer_once(request, runtime, principal, work), f"/prospects/{prospect_id}")


def _check_handover(principal: Principal, known: Prospect, salesperson_id: str | None) -> None:
    if known.salesperson_id is None or assigns(principal):
        return
    left_out = " (left out: to nobody)" if salesperson_id is None else ""
    raise refused(
        "salesperson_id",
        f"only a manager hands over what {known.salesperson_id!r} looks after{left_out}",
        403,
    )


def _card(body: ProspectCardIn, runtime: Runtime) -> dict[str, Any]:
    return body.model_dump() | {"currency": body.currency or runtime.settings.currency}


async def known_prospect(unit: UnitOfWork, prospect_id: str) -> Prospect:
    """Return a prospect, locked until the transaction ends.

    Raises:
        Problem: 404 when nobody has entered it.
    """
    known = await store.lock_prospect(unit.connection, prospect_id)
    if known is None or known.revision == 0:
        raise _unknown(prospect_id)
    return known


def _unknown(prospect_id: str) -> Problem:
    return Problem(
        404, f"nobody has entered prospect {prospect_id!r}", errors=[("path.prospect_id", "is not known")]
    )


async def written_prospect(unit: UnitOfWork, prospect_id: str) -> WrittenProspect:
    """Return a prospect that was written in this transaction."""
    prospect = await store.lock_prospect(unit.connection, prospect_id)
    assert prospect is not None
    policy = await store.policy_in_force(unit.connection)
    return answers.written(prospect, grade(policy[1], values_of(prospect)) if policy else None)


async def _graded(connection: AsyncConnection, row: Row[Any]) -> Graded | None:
    policy = await reads.policy_of(connection, row.graded_by)
    if policy is None:
        return None
    fields = {name: row._mapping[name] for name in _JUDGED}
    return grade(policy, values_of(Prospect(row.prospect_id, **fields)))


_JUDGED = ("kind", "currency", "assets_minor", "sales_minor", "growth_percent", "need_minor")


@router.get("")
async def list_prospects(
    query: Annotated[ProspectQuery, Query()],
    request: Request,
    response: Response,
    runtime: LiveRuntime,
    principal: Anybody,
    view: Own,
) -> Page[ProspectSummary]:
    """List prospects; sort by `prospect_id`, `name`, `score`, `visit_due` or `created_at`.

    Salespeople see their own, nobody's, and those that became their own customers.
    """
    zone, day = runtime.settings.zone.key, query.as_of or today(runtime)
    statement = reads.summaries(zone).where(seen_prospects(view))
    for name in ("status", "kind", "region", "category", "business_form", "grade"):
        if (value := getattr(query, name)) is not None:
            statement = statement.where(prospects.c[name] == value)
    if query.salesperson is not None:
        statement = statement.where(prospects.c.salesperson_id == query.salesperson)
    if query.tag is not None:
        statement = statement.where(prospects.c.tags.contains([query.tag]))
    if query.min_score is not None:
        statement = statement.where(prospects.c.score >= query.min_score)
    if query.q is not None:
        names = (prospects.c.name, prospects.c.short_name, prospects.c.prospect_id)
        statement = statement.where(or_(*(column.icontains(query.q, autoescape=True) for column in names)))
    if query.visit_due is not None:
        due = reads.due_by(day, zone)
        statement = statement.where(due if query.visit_due else ~due)
    if query.unvisited_days is not None:
        entered_by = day - timedelta(days=query.unvisited_days)
        statement = statement.where(reads.never_visited_since(entered_by, zone))
    file = ("prospects", ProspectSummary)
    return await read_page(request, response, statement, ordering(zone), query, answers.summary, file=file)


@router.get("/{prospect_id}", responses=UNKNOWN, dependencies=[OF_PROSPECT])
async def read_prospect(
    prospect_id: Id, response: Response, runtime: LiveRuntime, principal: Anybody
) -> ProspectOut:
    """Show a prospect with its grade, what every factor adds to it, and how it is served. The ETag is the revision."""
    async with runtime.database.engine.connect() as connection:
        statement = reads.summaries(runtime.settings.zone.key).where(prospects.c.prospect_id == prospect_id)
        row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise _unknown(prospect_id)
        graded = await _graded(connection, row)
    response.headers["ETag"] = f'"{row.revision}"'
    return answers.prospect(row, graded)
