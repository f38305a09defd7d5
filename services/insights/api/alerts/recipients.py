"""How people want to be told of alerts: their own affair, and that of managers."""

from datetime import datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, and_, select, true

from contracts.errors import ContractError
from contracts.wire import Id
from services.insights.api.alerts.answers import Reader
from services.insights.people import known_as, person
from services.insights.rules.alerts.texts import Language
from services.insights.store.alerts.recipients import set_recipient
from services.insights.tables_delivery import recipients
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE

router = APIRouter(tags=["delivery"])

Scope = Annotated[Literal["people", "roles"], Path(description="`people` or `roles`")]
Name = Annotated[Id, Path(description="the person, or the role", examples=["S-07"])]
ROLES = ("sales", "finance", "manager")
ORDERING = Ordering({"name": recipients.c.name}, unique=recipients.c.scope, default="name")
"""A name is there once per scope, so both together tell all of them apart."""


class RecipientIn(BaseModel):
    """How to tell somebody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language = "zh"
    timezone: str = Field("Asia/Shanghai", max_length=64, description="of the quiet hours")
    quiet_from: time | None = Field(None, description="local time; null: never quiet", examples=["22:00"])
    quiet_until: time | None = Field(None, examples=["07:30"])
    breaks_through: bool = Field(True, description="what is critical is sent at once, also in quiet hours")
    digest_minutes: int = Field(5, ge=0, le=1_440, description="how long to gather alerts into one message")
    digest_count: int = Field(50, ge=1, le=10_000, description="how many to gather at most")


class RecipientOut(RecipientIn):
    """How somebody is told, and who said so."""

    scope: Literal["people", "roles"]
    name: str
    set_by: str
    set_at: datetime


class RecipientFilter(PageQuery):
    """Of whom."""

    scope: Literal["people", "roles"] | None = None
    name: Id | None = None


@router.get("/insights/recipients", summary="List recipients", dependencies=[BY_RULE])
async def list_recipients(
    query: Annotated[RecipientFilter, Query()], request: Request, response: Response, principal: Reader
) -> Page[RecipientOut]:
    """List how people are told: managers see all, everybody else themselves."""
    statement = select(recipients).where(mine(recipients, principal))
    for field in ("scope", "name"):
        if (wanted := getattr(query, field)) is not None:
            statement = statement.where(recipients.c[field] == wanted)
    return await read_page(request, response, statement, ORDERING, query, _recipient)


@router.put(
    "/insights/recipients/{scope}/{name}",
    response_model=RecipientOut,
    dependencies=[BY_RULE, DOCUMENTED],
    summary="Set how somebody is told",
)
async def put_recipient(
    scope: Scope, name: Name, body: RecipientIn, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Set language, quiet hours and digests: of oneself, or by a manager of anybody and of roles."""
    require_mine(principal, scope, name)
    if body.timezone not in available_timezones():
        raise ContractError("timezone", "must be the name of a time zone such as Asia/Shanghai")
    if (body.quiet_from is None) != (body.quiet_until is None):
        raise ContractError("quiet_until", "must be given with quiet_from, and only with it")
    for field in ("quiet_from", "quiet_until"):
        if (at := getattr(body, field)) is not None and at.tzinfo is not None:
            raise ContractError(
                field, f"must be a local time; {ZoneInfo(body.timezone).key} is its time zone"
            )

    async def work(call: IdempotentCall) -> Response:
        by, at = person(principal), runtime.clock.now()
        await set_recipient(call.unit.connection, scope, name, body.model_dump(), by, at)
        return call.answer(
            200, RecipientOut(**body.model_dump(), scope=scope, name=name, set_by=by, set_at=at)
        )

    return await answer_once(request, runtime, principal, work)


def is_mine(principal: Principal, scope: str, name: str) -> bool:
    """Say whether somebody may set how these are told: their own affair, and everybody's for managers."""
    return principal.role in ("manager", "admin", "all") or (
        scope == "people" and name == known_as(principal)
    )


def mine(table: Any, principal: Principal) -> Any:
    """Return which rows of recipients or channels somebody sees."""
    if principal.role in ("manager", "admin", "all"):
        return true()
    return and_(table.c.scope == "people", table.c.name == known_as(principal))


def require_mine(principal: Principal, scope: str, name: str) -> None:
    """Refuse who may not set how these are told.

    Raises:
        ContractError: there is no such role.
        Problem: 403.
    """
    if scope == "roles" and name not in ROLES:
        raise ContractError("path.name", f"must be one of {', '.join(ROLES)}")
    if not is_mine(principal, scope, name):
        raise Problem(403, "only managers set how others are told")


def _recipient(row: Row[Any]) -> RecipientOut:
    return RecipientOut(**dict(row._mapping))
