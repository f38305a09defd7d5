"""Waiting for a decision, whichever process applies it.

The transaction that stores a decision notifies (see ``store.save``); every process listens on one connection of its
own and wakes those who wait here. A notification only says "look again": what is answered is read from the table.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS
from services.kit.settings import Settings
from services.orders.store.save import DECISION_CHANNEL

log = logging.getLogger(__name__)

RECONNECT_S = 0.5
PROBE_S = 5.0


class DecisionNews:
    """Who waits for which order in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.listening = asyncio.Event()

    @asynccontextmanager
    async def about(self, order_id: str) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when there is news of the order. To be entered before looking at the table."""
        news = asyncio.Event()
        self._waiting.setdefault(order_id, set()).add(news)
        try:
            yield news
        finally:
            others = self._waiting[order_id]
            others.discard(news)
            if not others:
                del self._waiting[order_id]

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        for order_id in str(payload).split(" "):
            for news in self._waiting.get(order_id, ()):
                news.set()

    def _hear_all(self) -> None:
        for waiting in self._waiting.values():
            for news in waiting:
                news.set()

    async def listen(self, settings: Settings) -> None:
        """Listen until cancelled, connecting again whenever the connection is lost."""
        while True:
            try:
                await self._listen_once(settings.database_url.get_secret_value())
            except TRANSIENT_DATABASE_ERRORS as error:
                metrics.TRANSIENT_ERRORS.labels("orders", type(error).__name__).inc()
                log.warning("lost the connection that listens for decisions, connecting again: %r", error)
            finally:
                self.listening.clear()
            await asyncio.sleep(RECONNECT_S)

    async def _listen_once(self, url: str) -> None:
        connection = await asyncpg.connect(
            url, server_settings={"application_name": "tallyman-orders-listen"}
        )
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(DECISION_CHANNEL, self._hear)
            self.listening.set()
            # What was committed while nobody listened brings no notification any more.
            self._hear_all()
            while not lost.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(lost.wait(), PROBE_S)
                    break
                # A peer that vanished without a word is found out only by talking to it.
                await connection.execute("SELECT 1", timeout=PROBE_S)
        finally:
            with contextlib.suppress(*TRANSIENT_DATABASE_ERRORS):
                await connection.close(timeout=1)
