"""Trying a channel out: one message now, and what really came of it."""

import asyncio
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from contracts.wire import Id
from services.insights.api.alerts.answers import UNKNOWN, Reader
from services.insights.api.alerts.channels import known_channel
from services.insights.delivery.channels import Address
from services.insights.delivery.courier import sender_of
from services.insights.delivery.sending import Message
from services.insights.store.alerts.recipients import channel_in_use
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.scope import BY_RULE

router = APIRouter(tags=["delivery"])

MESSAGES = {
    "zh": Message("Tallyman 测试消息", "收到此消息，说明该渠道可以接收提醒。"),
    "en": Message("Tallyman test message", "This channel works: alerts will arrive here."),
}


class TriedOut(BaseModel):
    """What came of a test message."""

    channel_id: str
    sent: bool = Field(
        description="the other side said that it took the message; it may still show it to nobody"
    )
    error: str = Field(description="why not, without secrets; empty: it was sent")
    wait_seconds: float | None = Field(description="the other side asks to wait for so long")
    language: Literal["zh", "en"]


@router.post(
    "/insights/channels/{channel_id}/test",
    responses=UNKNOWN,
    summary="Send a test message",
    dependencies=[BY_RULE],
)
async def send_test(channel_id: Id, runtime: LiveRuntime, principal: Reader) -> TriedOut:
    """Send a message now, whatever the quiet hours, and tell what the other side answered.

    Nothing is stored, no alert is put off by it, and asking again sends again. Takes as long as the other side does, at
    most about the 15 s that a delivery gets.
    """
    row = known_channel(await channel_in_use(runtime.database, channel_id), channel_id, principal)
    language: Literal["zh", "en"] = "en" if row["language"] == "en" else "zh"
    # No transaction is open meanwhile: the other side may take its time.
    result = await asyncio.to_thread(
        sender_of(runtime.settings).send,
        Address(row["kind"], row["address"], row["secret"]),
        MESSAGES[language],
        runtime.clock.now(),
    )
    return TriedOut(
        channel_id=channel_id,
        sent=result.sent,
        error=result.error,
        wait_seconds=result.wait_s,
        language=language,
    )
