"""The channels through which people are told of alerts. Secrets go in and never come out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, select

from contracts.events.alerts import Severity
from contracts.wire import Id
from services.insights.api.alerts.answers import CONFLICT, UNKNOWN, Reader
from services.insights.api.alerts.recipients import Name, RecipientIn, Scope, is_mine, mine, require_mine
from services.insights.delivery.allowed import Allowed
from services.insights.delivery.channels import Address, ChannelKind, check_address
from services.insights.people import person
from services.insights.rules.alerts.model import RANK
from services.insights.store.alerts.recipients import (
    add_channel,
    change_channel,
    has_recipient,
    lock_channel,
    remove_channel,
    retry_failed,
    set_recipient,
)
from services.insights.tables_delivery import channels
from services.kit.commands import answer_once
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.idempotency import DOCUMENTED, IdempotentCall
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE
from services.kit.settings import Settings

router = APIRouter(tags=["delivery"])

CHANNELS = Ordering({"channel_id": channels.c.channel_id}, unique=channels.c.channel_id, default="channel_id")


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


class ChannelChange(BaseModel):
    """What is different from now on; what is left out, or null, stays. What a channel is of stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Any = Field(
        None,
        description="another address of the same kind",
        json_schema_extra={"type": "string", "writeOnly": True},
    )
    secret: Any = Field(
        None,
        description="another secret; an empty one: none any more",
        json_schema_extra={"type": "string", "writeOnly": True},
    )
    min_severity: Severity | None = None
    enabled: bool | None = Field(
        None, description="false: nothing is sent, and what waits is shown as failed; its address is kept"
    )


class ChannelOut(BaseModel):
    """A channel without its secrets."""

    channel_id: str
    scope: Literal["people", "roles"]
    name: str
    kind: ChannelKind
    place: str = Field(description="the host, or for mail the domain")
    fingerprint: str = Field(description="tells one address from another")
    min_severity: Severity
    enabled: bool = Field(description="false: nothing is sent through it")
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


@router.get("/insights/channels", summary="List channels", dependencies=[BY_RULE])
async def list_channels(
    query: Annotated[ChannelFilter, Query()], request: Request, response: Response, principal: Reader
) -> Page[ChannelOut]:
    """List channels without their secrets: managers see all, everybody else their own."""
    statement = select(channels).where(channels.c.active, mine(channels, principal))
    for field in ("scope", "name"):
        if (wanted := getattr(query, field)) is not None:
            statement = statement.where(channels.c[field] == wanted)
    return await read_page(request, response, statement, CHANNELS, query, shown_channel)


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
    require_mine(principal, scope, name)
    address = _checked(runtime.settings, body.kind, body.address, body.secret)

    async def work(call: IdempotentCall) -> Response:
        connection, by, at = call.unit.connection, person(principal), runtime.clock.now()
        if not await has_recipient(connection, scope, name):
            await set_recipient(connection, scope, name, RecipientIn().model_dump(), by, at)
        row = await add_channel(
            connection, f"CH-{uuid4().hex[:16]}", scope, name, address, RANK[body.min_severity], by, at
        )
        return call.answer(201, shown_channel(row))

    return await answer_once(request, runtime, principal, work)


@router.patch(
    "/insights/channels/{channel_id}",
    response_model=ChannelOut,
    dependencies=[BY_RULE, DOCUMENTED],
    responses=UNKNOWN,
    summary="Change a channel",
)
async def patch_channel(
    channel_id: Id, body: ChannelChange, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Change where a channel leads or from how serious an alert on it is used, or switch it off and on again.

    A channel that is switched off is sent nothing; alerts raised meanwhile do not go there later. Another address is
    tried at once, however often the one before has failed.
    """

    async def work(call: IdempotentCall) -> Response:
        row = await _locked(call, channel_id, principal)
        address = Address(row["kind"], row["address"], row["secret"])
        if moved := body.address is not None or body.secret is not None:
            to = row["address"] if body.address is None else body.address
            secret = row["secret"] if body.secret is None else body.secret
            address = _checked(runtime.settings, row["kind"], to, secret)
        changed = await change_channel(
            call.unit.connection,
            channel_id,
            address,
            min_rank=row["min_rank"] if body.min_severity is None else RANK[body.min_severity],
            enabled=row["enabled"] if body.enabled is None else body.enabled,
            afresh=moved,
            by=person(principal),
            at=runtime.clock.now(),
        )
        return call.answer(200, shown_channel(changed))

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
        return call.answer(200, shown_channel(row))

    return await answer_once(request, runtime, principal, work)


@router.post(
    "/insights/channels/{channel_id}/retry",
    response_model=RetriedOut,
    dependencies=[BY_RULE, DOCUMENTED],
    responses=UNKNOWN | CONFLICT,
    summary="Try a channel again",
)
async def retry_channel(
    channel_id: Id, request: Request, runtime: LiveRuntime, principal: Reader
) -> Response:
    """Send everything that was given up again, and now: for when the other side has been mended."""

    async def work(call: IdempotentCall) -> Response:
        row = await _locked(call, channel_id, principal)
        if not row["enabled"]:
            raise Problem(409, "switch it on first", errors=[("path.channel_id", "is switched off")])
        count = await retry_failed(call.unit.connection, channel_id, runtime.clock.now())
        return call.answer(200, RetriedOut(channel_id=channel_id, deliveries=count))

    return await answer_once(request, runtime, principal, work)


def _checked(settings: Settings, kind: ChannelKind, address: Any, secret: Any) -> Address:
    mails = bool(settings.smtp_url.get_secret_value())
    return check_address(kind, address, secret, Allowed.by(settings), mails)


async def _locked(call: IdempotentCall, channel_id: str, principal: Principal) -> Any:
    return known_channel(await lock_channel(call.unit.connection, channel_id), channel_id, principal)


def known_channel(row: Any, channel_id: str, principal: Principal) -> Any:
    """Return a row of ``channels`` if there is one, and it is the caller's affair.

    Raises:
        Problem: 404 otherwise: nobody learns of a channel of others.
    """
    if row is None or not is_mine(principal, row["scope"], row["name"]):
        raise Problem(
            404, f"channel {channel_id!r} is not known", errors=[("path.channel_id", "is not known")]
        )
    return row


def shown_channel(row: Any) -> ChannelOut:
    """Return a row of ``channels`` without its secrets."""
    values = dict(row._mapping) if isinstance(row, Row) else dict(row)
    severities = {rank: severity for severity, rank in RANK.items()}
    kept = {name: values[name] for name in ChannelOut.model_fields if name != "min_severity"}
    return ChannelOut(**kept, min_severity=severities[values["min_rank"]])
