"""Live pages: one connection that listens per process, one stream of server-sent events per page.

A transaction says what it changed with ``unit.announce("credit.held")``; PostgreSQL tells every process when it
commits, and each tells the pages that show it. News is only the topic: a page then asks for the fragments that show
it, so nothing is read while nothing happens, and one who watches can never see more than one who asks.

A page's stream knows when the page was made. What changed since then is told as soon as the stream is there, so that
neither the moment between the page and its stream nor a lost connection leaves anything old on the page.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.kit.database import LIVE_CHANNEL
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.http.auth import Principal
from services.kit.http.dependencies import LiveRuntime
from services.kit.http.problems import Problem
from services.kit.http.watch import Watch
from services.kit.web.visitors import visitor

log = logging.getLogger(__name__)

RETRY_MS = 2_000
HEARTBEAT_S = 25.0
PROBE_S = 10.0
RECONNECT_S = 0.5
GATHER_S = 0.2
"""How long news may gather: a page asks five times a second at most, whatever happens."""
CLOCK_SKEW_S = 2.0
MOST_WATCHERS = 2_000
MOST_TOPICS = 20
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def _always() -> bool:
    return True


class Watcher:
    """One open page: the topics it shows, and which of them have news."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self.news: set[str] = set()
        self.awake = asyncio.Event()

    def tell(self, topics: Iterable[str]) -> None:
        """Note what has news; what the page does not show is left out."""
        if found := self.topics.intersection(topics):
            self.news |= found
            self.awake.set()

    def take(self) -> list[str]:
        """Return the topics with news, once."""
        found, self.news = sorted(self.news), set()
        self.awake.clear()
        return found


class LiveHub:
    """What one process hears of its database. It connects when the first page is opened."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._watchers: set[Watcher] = set()
        self._last: dict[str, float] = {}
        self._heard: set[str] = set()
        self._wake = asyncio.Event()
        self._listening_since = float("inf")
        self._listener: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def watchers(self) -> int:
        """How many pages are open."""
        return len(self._watchers)

    @asynccontextmanager
    async def watched(self, topics: Iterable[str], since: float) -> AsyncIterator[Watcher]:
        """Give a watcher; it begins with what changed after ``since`` (seconds since 1970), as far as is known."""
        watcher = Watcher(topics)
        if self._listener is None and not self.closed:
            self._listener = asyncio.create_task(self._listen(), name="live")
        # Before it listens nothing is known of the past; everybody is told when it begins to.
        if since < self._listening_since < float("inf"):
            watcher.tell(watcher.topics)
        watcher.tell(topic for topic, at in self._last.items() if at > since)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def close(self) -> None:
        """End every stream and let go of the connection."""
        self.end_streams()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    def end_streams(self) -> None:
        """End every stream: a server that stops waits for them."""
        self.closed = True
        for watcher in self._watchers:
            watcher.awake.set()

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except TRANSIENT_DATABASE_ERRORS as error:
                log.warning("lost the connection that keeps pages live, connecting again: %r", error)
            self._listening_since = float("inf")
            await asyncio.sleep(RECONNECT_S)

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(
            self._url, server_settings={"application_name": "tallyman-live"}, timeout=PROBE_S
        )
        try:
            connection.add_termination_listener(lambda _: self._wake.set())
            await connection.add_listener(LIVE_CHANNEL, self._hear)
            self._listening_since = time.time()
            # What was committed while nobody listened brings no notification any more.
            self._tell({topic for watcher in self._watchers for topic in watcher.topics})
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), PROBE_S)
                if self._wake.is_set():
                    await asyncio.sleep(GATHER_S)
                    self._wake.clear()
                    heard, self._heard = self._heard, set()
                    self._tell(heard)
                    if not connection.is_closed():
                        continue
                # A peer that vanished without a word is found out only by talking to it.
                await connection.execute("SELECT 1", timeout=PROBE_S)
        finally:
            with contextlib.suppress(*TRANSIENT_DATABASE_ERRORS):
                await connection.close(timeout=1)

    def _hear(self, *heard: object) -> None:
        self._heard.add(str(heard[3]))
        self._wake.set()

    def _tell(self, topics: set[str]) -> None:
        self._last.update(dict.fromkeys(topics, time.time()))
        for watcher in self._watchers:
            watcher.tell(topics)


_HUBS: dict[tuple[int, str], LiveHub] = {}


def hub_of(url: str) -> LiveHub:
    """Return this process's hub for a database; services of one process share it."""
    key = id(asyncio.get_running_loop()), url
    if key not in _HUBS or _HUBS[key].closed:
        _HUBS[key] = LiveHub(url)
    return _HUBS[key]


async def close_hub(url: str) -> None:
    """Close this process's hub for a database, if there is one."""
    hub = _HUBS.pop((id(asyncio.get_running_loop()), url), None)
    if hub is not None:
        await hub.close()


def end_all_streams() -> None:
    """End the streams of every page: called when the server begins to stop."""
    for hub in _HUBS.values():
        hub.end_streams()


async def stream(
    hub: LiveHub, topics: Iterable[str], since: float, valid: Callable[[], Awaitable[bool]] = _always
) -> AsyncIterator[bytes]:
    """Yield server-sent events (WHATWG HTML, section 9.2): ``event`` is a topic that has news.

    Args:
        valid: whether whoever watches may still do so; asked before anything is told.
    """
    async with hub.watched(topics, since) as watcher:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not hub.closed:
            if not await valid():
                return
            for topic in watcher.take():
                # An event without data is never dispatched by a browser.
                yield f"event: {topic}\ndata: news\n\n".encode()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(watcher.awake.wait(), HEARTBEAT_S)
            if not watcher.awake.is_set():
                yield b": nothing new\n\n"


def live_router(prefix: str) -> APIRouter:
    """Return the stream of the pages below ``prefix``."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{prefix}/live")
    async def live(
        request: Request,
        runtime: LiveRuntime,
        principal: Annotated[Principal, Depends(visitor())],
        topic: Annotated[list[str], Query(max_length=MOST_TOPICS)],
        since: Annotated[float, Query(ge=0)],
    ) -> StreamingResponse:
        hub = hub_of(runtime.settings.database_url.get_secret_value())
        if hub.watchers >= MOST_WATCHERS:
            raise Problem(503, "too many pages are open", headers={"Retry-After": "30"})
        return StreamingResponse(
            stream(hub, topic, since - CLOCK_SKEW_S, Watch(request, principal)),
            media_type="text/event-stream",
            headers=dict(HEADERS),
        )

    return router
