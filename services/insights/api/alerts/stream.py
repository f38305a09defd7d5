"""``GET /insights/alerts/stream``: the inbox live, as server-sent events (WHATWG HTML, section 9.2)."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from sqlalchemy import func, select

from contracts.events.alerts import OwnerRole
from contracts.wire import Id
from services.insights.api.alerts.answers import Reader, Spoken, alert_out, alerts_with_names
from services.insights.api.alerts.inbox import OPEN
from services.insights.news import AlertNews, Change, news_of
from services.insights.people import may_see, visible
from services.insights.rules.alerts.texts import Language
from services.insights.store.alerts.changes import latest_number, read_changes
from services.insights.tables_alerts import alerts
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.scope import BY_RULE
from services.kit.http.watch import Watch
from services.kit.runtime import Runtime

router = APIRouter(tags=["alerts"])

HEARTBEAT_S = 15.0
RETRY_MS = 3_000
MOST_IN_SNAPSHOT = 500
MOST_RESUMED = 1_000
MOST_WATCHERS = 1_000
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class StreamFilter(BaseModel):
    """Which alerts to watch; all given filters must hold."""

    model_config = ConfigDict(extra="forbid")

    owner: Id | None = Field(None, description="the person it is for")
    role: OwnerRole | None = Field(None, description="everybody's of this role, and nobody's in person")
    kind: Id | None = None
    customer: Id | None = None

    def takes(self, row: Change, owner_id: str, owner_role: str) -> bool:
        """Whether an alert, of this owner, is among them."""
        return (
            self.owner in (None, owner_id)
            and (self.role is None or self.owner is not None or (self.role == owner_role and not owner_id))
            and self.kind in (None, row["kind"])
            and self.customer in (None, row["customer_id"])
        )


@router.get(
    "/insights/alerts/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    summary="Watch alerts",
    dependencies=[BY_RULE],
)
async def watch(
    query: Annotated[StreamFilter, Query()],
    request: Request,
    runtime: LiveRuntime,
    principal: Reader,
    language: Spoken,
    last_event_id: Annotated[
        str | None, Header(description="the `id` of the last event that arrived, as browsers send it")
    ] = None,
) -> StreamingResponse:
    """Send what is open, and then every step as it happens, to the same callers that may list it.

    - `snapshot`: everything open (the latest 500) and how much there is: replace what is shown. It comes first, and
      again whenever the caller has fallen behind. After a reconnect, too, so that nothing old stays on a page.
    - `change`: a step and the alert as it is now; `removed`: the alert is not for this caller any more.
    - With `Last-Event-ID`, the changes since then come before the snapshot, if they are at most 1,000.
    """
    news = news_of(runtime)
    if news.watchers >= MOST_WATCHERS:
        raise Problem(503, "too many watch already; list the alerts instead", headers={"Retry-After": "30"})
    number = re.fullmatch(r"[0-9]{1,18}", last_event_id or "")
    after = None if number is None else int(number[0])
    watcher = _Watcher(runtime, principal, query, language, Watch(request, principal))
    return StreamingResponse(
        watcher.events(news, after), media_type="text/event-stream", headers=dict(HEADERS)
    )


class _Watcher:
    def __init__(
        self,
        runtime: Runtime,
        principal: Principal,
        query: StreamFilter,
        language: Language,
        valid: Callable[[], Awaitable[bool]],
    ) -> None:
        self._runtime = runtime
        self._principal = principal
        self._query = query
        self._language = language
        self._valid = valid

    async def events(self, news: AlertNews, after: int | None) -> AsyncIterator[bytes]:
        """Yield events until the caller goes away or is not known any more, or the service stops."""
        async with news.watched() as more:
            yield f"retry: {RETRY_MS}\n\n".encode()
            if after is not None:
                for event in await self._resumed(after):
                    yield event
            number, snapshot = await self._snapshot()
            yield snapshot
            while not news.closed:
                if not await self._valid():
                    return
                changes = news.since(number)
                if changes is None:
                    number, snapshot = await self._snapshot()
                    yield snapshot
                    continue
                for change in changes:
                    number = change["seq"]
                    if (told := self._event(change)) is not None:
                        yield told
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(more.wait(), HEARTBEAT_S)
                if more.is_set():
                    more.clear()
                else:
                    yield b": nothing new\n\n"

    async def _resumed(self, after: int) -> list[bytes]:
        changes = await read_changes(self._runtime.database, after, MOST_RESUMED + 1)
        if len(changes) > MOST_RESUMED:
            return []
        return [event for change in changes if (event := self._event(change)) is not None]

    async def _snapshot(self) -> tuple[int, bytes]:
        """Return everything open. What happens between the number and the list is sent once more: it does no harm."""
        query = self._query
        wanted = [OPEN, visible(self._principal)]
        wanted += [
            alerts.c[column] == value
            for column, value in (
                ("owner_id", query.owner if query.owner or not query.role else ""),
                ("owner_role", query.role),
                ("kind", query.kind),
                ("customer_id", query.customer),
            )
            if value is not None
        ]
        async with self._runtime.database.engine.connect() as connection:
            number = await latest_number(self._runtime.database, connection)
            total = await connection.scalar(select(func.count()).select_from(alerts).where(*wanted))
            statement = alerts_with_names().where(*wanted).order_by(alerts.c.raised_at.desc())
            rows = (await connection.execute(statement.limit(MOST_IN_SNAPSHOT))).mappings().all()
        shown = [alert_out(dict(row), self._language) for row in rows]
        return number, _spelled("snapshot", number, {"total": total, "alerts": shown})

    def _event(self, change: Change) -> bytes | None:
        if self._is_for(change, change["owner_id"], change["owner_role"]):
            body: dict[str, Any] = {
                "step": change["step"],
                "at": change["at"],
                "by": change["by"] or None,
                "reason": change["reason"],
                "alert": alert_out(change, self._language),
            }
            return _spelled("change", change["seq"], body)
        if change["was_owner_id"] is not None and self._is_for(
            change, change["was_owner_id"], change["was_owner_role"]
        ):
            return _spelled("removed", change["seq"], {"alert_id": change["alert_id"]})
        return None

    def _is_for(self, change: Change, owner_id: str, owner_role: str) -> bool:
        return may_see(self._principal, owner_id, owner_role) and self._query.takes(
            change, owner_id, owner_role
        )


def _spelled(name: str, number: int, body: dict[str, Any]) -> bytes:
    # JSON has no line breaks of its own, so one data line holds it all.
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), number, to_json(body))
