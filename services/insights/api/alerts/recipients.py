"""How people want to be told of alerts, and through which channels: their own affair, and that of managers."""

from datetime import datetime, time
from typing import Annotated, Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, and_, select, true

from contracts.errors import ContractError
from contracts.events.alerts import Severity
from contracts.wire import Id
from services.insights.api.alerts.answers import CONFLICT, UNKNOWN, Reader
from services.insights.delivery.allowed import Allowed
from services.insights.delivery.channels import ChannelKind, check_address
from services.insights.people import known_as, person
from services.insights.rules.alerts.model import RANK
from services.insights.rules.alerts.texts import Language
from services.insights.store.alerts.recipients import (
    add_channel,
    has_recipient,
    lock_channel,
    remove_channel,
    retry_failed,
    set_recipient,
)
from services.insights.tables_delivery import channels, recipients
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
ORDERING = Ordering({"name": recipients.c.name}, unique=recipients.c.name, default="name")
CHANNELS = Ordering({"channel_id": channels.c.channel_id}, unique=channels.c.channel_id, default="channel_id")


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


class ChannelIn(BaseModel):
    """A way to reach somebody. ``address`` and ``secret`` are never shown again, nor repeated in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ChannelKind
    address: Any = Field(
        description="the webhook address of a robot, a mail address, or an https address on an allowed host",
        json_schema_extra={"type": "string", "writeOnly": True},
    )
    secret: Any = Field(
        "",
        description="DingTalk: the signing secret; webhook: a bearer token",
        json_schema_extra={"type": "string", "writeOnly": True},
    )
    min_severity: Severity = "info"


class ChannelOut(BaseModel):
    """A channel without its secrets."""

    channel_id: str
    scope: Literal["people", "roles"]
    name: str
    kind: ChannelKind
    place: str = Field(description="the host, or for mail the domain")
    fingerprint: str = Field(description="tells one address from another")
    min_severity: Severity
    failures: int = Field(description="in a row")
    set_by: str
    set_at: datetime


class ChannelFilter(PageQuery):
    """Whose channels."""

    scope: Literal["people", "roles"] | None = None
    name: Id | None = None


class RetriedOut(BaseModel):
    """What is tried again."""

    channel_id: str
    deliveries: int


@router.get("/insights/recipients", summary="List recipients", dependencies=[BY_RULE])
async def list_recipients(
    query: Annotated[PageQuery, Query()], request: Request, response: Response, principal: Reader
) -> Page[RecipientOut]:
    """List how people are told: managers see all, everybody else themselves."""
    statement = select(recipients).where(_mine(recipients, principal))
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
    _require_mine(principal, scope, name)
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


@router.get("/insights/channels", summary="List channels", dependencies=[BY_RULE])
async def list_channels(
    query: Annotated[ChannelFilter, Query()], request: Request, response: Response, principal: Reader
) -> Page[ChannelOut]:
    """List channels without their secrets: managers see all, everybody else their own."""
    statement = select(channels).where(channels.c.active, _mine(channels, principal))
    for field in ("scope", "name"):
        if (wanted := getattr(query, field)) is not None:
            statement = statement.where(channels.c[field] == wanted)
    return await read_page(request, response, statement, CHANNELS, query, _channel)


@router.post(
    "/insights/recipients/{scope}/{name}/channels",
    response_model=ChannelOut,
    status_code=201,
    dependencies=[BY_RULE, DOCUMENTED],
    responses=CONFLICT,
    summary="Add a channel",
)
async def post_channel(
    scope: Scope, name: Name, body: ChannelIn, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Add a way to reach somebody: DingTalk, WeCom, Feishu, Lark, Slack, mail, or a webhook on an allowed host.

    Alerts raised from now on go there, too. What was said of :func:`put_recipient` holds; without it, as by default.
    """
    _require_mine(principal, scope, name)
    settings = runtime.settings
    mails = bool(settings.smtp_url.get_secret_value())
    address = check_address(body.kind, body.address, body.secret, Allowed.by(settings), mails)

    async def work(call: IdempotentCall) -> Response:
        connection, by, at = call.unit.connection, person(principal), runtime.clock.now()
        if not await has_recipient(connection, scope, name):
            await set_recipient(connection, scope, name, RecipientIn().model_dump(), by, at)
        row = await add_channel(
            connection, f"CH-{uuid4().hex[:16]}", scope, name, address, RANK[body.min_severity], by, at
        )
        return call.answer(201, _channel(row))

    return await answer_once(request, runtime, principal, work)


@router.delete(
    "/insights/channels/{channel_id}",
    response_model=ChannelOut,
    dependencies=[BY_RULE, DOCUMENTED],
    responses=UNKNOWN,
    summary="Remove a channel",
)
async def delete_channel(
    channel_id: Id, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Remove a channel and forget its address. What still waited for it is shown as failed."""

    async def work(call: IdempotentCall) -> Response:
        row = await _locked(call, channel_id, principal)
        await remove_channel(call.unit.connection, channel_id, runtime.clock.now())
        return call.answer(200, _channel(row))

    return await answer_once(request, runtime, principal, work)


@router.post(
    "/insights/channels/{channel_id}/retry",
    response_model=RetriedOut,
    dependencies=[BY_RULE, DOCUMENTED],
    responses=UNKNOWN,
    summary="Try a channel again",
)
async def retry_channel(
    channel_id: Id, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Send everything that was given up again, and now: for when the other side has been mended."""

    async def work(call: IdempotentCall) -> Response:
        await _locked(call, channel_id, principal)
        count = await retry_failed(call.unit.connection, channel_id, runtime.clock.now())
        return call.answer(200, RetriedOut(channel_id=channel_id, deliveries=count))

    return await answer_once(request, runtime, principal, work)


async def _locked(call: IdempotentCall, channel_id: str, principal: Principal) -> Any:
    return known_channel(await lock_channel(call.unit.connection, channel_id), channel_id, principal)


def known_channel(row: Any, channel_id: str, principal: Principal) -> Any:
    """Return a row of ``channels`` if there is one, and it is the caller's affair.

    Raises:
        Problem: 404 otherwise: nobody learns of a channel of others.
    """
    if row is None or not _is_mine(principal, row["scope"], row["name"]):
        raise Problem(
            404, f"channel {channel_id!r} is not known", errors=[("path.channel_id", "is not known")]
        )
    return row


def _is_mine(principal: Principal, scope: str, name: str) -> bool:
    return principal.role in ("manager", "admin", "all") or (
        scope == "people" and name == known_as(principal)
    )


def _mine(table: Any, principal: Principal) -> Any:
    if principal.role in ("manager", "admin", "all"):
        return true()
    return and_(table.c.scope == "people", table.c.name == known_as(principal))


def _require_mine(principal: Principal, scope: str, name: str) -> None:
    if scope == "roles" and name not in ROLES:
        raise ContractError("path.name", f"must be one of {', '.join(ROLES)}")
    if not _is_mine(principal, scope, name):
        raise Problem(403, "only managers set how others are told")


def _recipient(row: Row[Any]) -> RecipientOut:
    return RecipientOut(**dict(row._mapping))


def _channel(row: Any) -> ChannelOut:
    values = dict(row._mapping) if isinstance(row, Row) else dict(row)
    severities = {rank: severity for severity, rank in RANK.items()}
    kept = {name: values[name] for name in ChannelOut.model_fields if name != "min_severity"}
    return ChannelOut(**kept, min_severity=severities[values["min_rank"]])
