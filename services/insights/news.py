"""What happened to alerts, as it happens, for everybody who watches in this process.

A transaction that writes steps notifies; each process listens on one connection of its own, reads what is new once,
whoever watches, and keeps the last of it. A notification only says "look": nothing is lost with one, and nothing is
read while nothing happens.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.insights.handlers import HANDLERS
from services.insights.rules.working import WorkingSet
from services.insights.store import InsightsStore
from services.insights.store.alerts.changes import latest_number, read_changes
from services.insights.store.alerts.rows import NEWS_CHANNEL
from services.kit import metrics
from services.kit.database import Database
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.processor import TableProcessor
from services.kit.runtime import Runtime

log = logging.getLogger(__name__)

RECONNECT_S = 0.5
PROBE_S = 5.0
KEPT = 2_000
"""Changes kept for those who watch. Whoever is further behind looks at everything anew."""
GATHER_S = 0.05
"""How long news may gather before it is read: one read instead of many while alerts come in numbers."""

Change = Mapping[str, Any]


class AlertNews:
    """The last changes, and who waits for more. ``listening`` is set while it is connected."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=KEPT)
        self._watchers: set[asyncio.Event] = set()
        self._floor = 0
        self._last = 0
        self._heard = asyncio.Event()
        self.listening = asyncio.Event()
        self.closed = False

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when there is something new."""
        news = asyncio.Event()
        self._watchers.add(news)
        try:
            yield news
        finally:
            self._watchers.discard(news)

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def since(self, number: int) -> list[Change] | None:
        """Return the changes after a number, in order; None: some of them are not kept any more."""
        if number < self._floor:
            return None
        return [change for change in self._changes if change["seq"] > number]

    async def listen(self, url: str, database: Database) -> None:
        """Listen until cancelled, connecting again whenever the connection is lost."""
        try:
            while True:
                try:
                    await self._listen_once(url, database)
                except TRANSIENT_DATABASE_ERRORS as error:
                    metrics.TRANSIENT_ERRORS.labels("insights", type(error).__name__).inc()
                    log.warning("lost the connection that listens for alerts, connecting again: %r", error)
                finally:
                    self.listening.clear()
                await asyncio.sleep(RECONNECT_S)
        finally:
            self.closed = True
            self._wake()

    async def _listen_once(self, url: str, database: Database) -> None:
        connection = await asyncpg.connect(
            url, server_settings={"application_name": "tallyman-insights-listen"}
        )
        try:
            connection.add_termination_listener(lambda _: self._heard.set())
            await connection.add_listener(NEWS_CHANNEL, lambda *_: self._heard.set())
            if not self._last:
                self._floor = self._last = await latest_number(database)
            self.listening.set()
            # What was committed while nobody listened brings no notification any more.
            self._heard.set()
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._heard.wait(), PROBE_S)
                if self._heard.is_set():
                    await asyncio.sleep(GATHER_S)
                    self._heard.clear()
                    await self._read(database)
                # A peer that vanished without a word is found out only by talking to it.
                await connection.execute("SELECT 1", timeout=PROBE_S)
        finally:
            with contextlib.suppress(*TRANSIENT_DATABASE_ERRORS):
                await connection.close(timeout=1)

    async def _read(self, database: Database) -> None:
        while changes := await read_changes(database, self._last, KEPT // 4):
            self._keep(changes)
            self._wake()

    def _keep(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if len(self._changes) == KEPT:
                self._floor = self._changes[0]["seq"]
            self._changes.append(change)
            self._last = change["seq"]

    def _wake(self) -> None:
        for news in self._watchers:
            news.set()


class InsightsProcessor(TableProcessor[WorkingSet]):
    """Applies events to the facts; ``news`` tells those who watch alerts."""

    def __init__(self, store: InsightsStore) -> None:
        super().__init__(HANDLERS, store.load, store.save)
        self.news = AlertNews()


def news_of(runtime: Runtime) -> AlertNews:
    """Return the news of this process."""
    assert isinstance(runtime.processor, InsightsProcessor)
    return runtime.processor.news


async def listen_for_alerts(runtime: Runtime) -> None:
    """Background task: keep :func:`news_of` connected."""
    await news_of(runtime).listen(runtime.settings.database_url.get_secret_value(), runtime.database)
