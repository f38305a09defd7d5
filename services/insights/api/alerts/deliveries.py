"""What was sent, what waits, and what was given up."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Row, and_, select

from contracts.events.alerts import Severity
from contracts.wire import Id
from services.insights.delivery.channels import ChannelKind
from services.insights.people import known_as
from services.insights.tables_delivery import channels, deliveries
from services.kit.http.auth import Principal, require
from services.kit.http.pages import Ordering, Page, PageQuery, read_page
from services.kit.http.scope import BY_RULE

router = APIRouter(tags=["delivery"])

Known = Annotated[Principal, Depends(require("sales", "finance", "manager", "ops"))]
ORDERING = Ordering(
    {"delivery_id": deliveries.c.delivery_id}, unique=deliveries.c.delivery_id, default="-delivery_id"
)


class DeliveryFilter(PageQuery):
    """Filters; all given ones must hold."""

    state: Literal["pending", "sent", "failed"] | None = None
    channel: Id | None = None
    alert: Id | None = None


class DeliveryOut(BaseModel):
    """That somebody is, was or could not be told of an alert."""

    delivery_id: int
    channel_id: str
    kind: ChannelKind
    scope: Literal["people", "roles"]
    name: str
    alert_id: str
    severity: Severity
    state: Literal["pending", "sent", "failed"] = Field(description="failed: given up after twelve attempts")
    created_at: datetime
    not_before: datetime = Field(description="put off by quiet hours or for a digest until then")
    attempts: int
    last_error: str
    message: str | None = Field(description="the message it was in; those sent together share it")
    done_at: datetime | None


@router.get("/insights/deliveries", summary="List deliveries", dependencies=[BY_RULE])
async def list_deliveries(
    query: Annotated[DeliveryFilter, Query()], request: Request, response: Response, principal: Known
) -> Page[DeliveryOut]:
    """List who was told of what, the latest first; what was given up: `?state=failed`.

    Managers and ops see all, everybody else their own.
    """
    statement = select(deliveries, channels.c.kind, channels.c.scope, channels.c.name).join(
        channels, channels.c.channel_id == deliveries.c.channel_id
    )
    if principal.role not in ("manager", "ops", "admin", "all"):
        statement = statement.where(
            and_(channels.c.scope == "people", channels.c.name == known_as(principal))
        )
    for field, column in (("state", "state"), ("channel", "channel_id"), ("alert", "alert_id")):
        if (wanted := getattr(query, field)) is not None:
            statement = statement.where(deliveries.c[column] == wanted)
    return await read_page(request, response, statement, ORDERING, query, _delivery)


def _delivery(row: Row[Any]) -> DeliveryOut:
    values = {name: row._mapping[name] for name in DeliveryOut.model_fields}
    return DeliveryOut(**values | {"message": row.message or None})
