"""Background work: send what waits, a message per channel at a time, whatever number of processes do so.

A message is sent outside of any transaction, and marked after that: a crash in between sends it once more when the
lease of the channel has run out. Nothing is lost, and nothing that was marked is sent again.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from services.insights.delivery.allowed import Allowed
from services.insights.delivery.channels import MailServer
from services.insights.delivery.sending import Message, Result, Sender
from services.insights.rules.delivery import MOST_LINES, Notice, compose, most_serious, plan
from services.insights.store.deliveries import (
    Claimed,
    claim,
    lines_of,
    mark,
    put_off,
    release,
    waiting,
)
from services.kit import metrics
from services.kit.beside import keep_doing
from services.kit.database import Database
from services.kit.errors import TRANSIENT_DATABASE_ERRORS, FatalError
from services.kit.runtime import Runtime
from services.kit.settings import Settings

log = logging.getLogger(__name__)

AT_ONCE = 8
LOOK_EVERY_S = 1.0
MEASURE_EVERY_S = 10.0


class Courier:
    """Sends what waits.

    Args:
        now: the time of people: quiet hours and back-offs go by it.
    """

    def __init__(self, database: Database, sender: Sender, now: Callable[[], datetime]) -> None:
        self._database = database
        self._sender = sender
        self._now = now
        self._threads = ThreadPoolExecutor(AT_ONCE, "delivery")

    async def step(self) -> int:
        """Serve the channels that have something to send. Returns how many there were."""
        async with self._database.unit_of_work() as unit:
            claimed = await claim(unit.connection, self._now(), AT_ONCE)
        results = await asyncio.gather(*map(self._serve, claimed), return_exceptions=True)
        for channel, result in zip(claimed, results, strict=True):
            if isinstance(result, BaseException):
                # Its lease runs out, and then it is tried again.
                log.warning("channel %s could not be served: %s", channel.channel_id, type(result).__name__)
                metrics.TRANSIENT_ERRORS.labels("insights", type(result).__name__).inc()
        return len(claimed)

    def close(self) -> None:
        """Let go of the threads; one that still sends ends by its own deadline."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, channel: Claimed) -> None:
        async with self._database.unit_of_work() as unit:
            now = self._now()
            chosen = plan(channel.recipient, await waiting(unit.connection, channel.channel_id), now)
            if chosen.until is not None:
                await put_off(unit.connection, channel, chosen.later, chosen.until)
            if not chosen.now:
                await release(unit.connection, channel, now)
                return
        message = await self._message(channel, chosen.now)
        result = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._sender.send, channel.address, message, self._now()
        )
        async with self._database.unit_of_work() as unit:
            given_up = await mark(unit.connection, channel, chosen.now, result, self._now())
        self._note(channel, result, given_up)

    async def _message(self, channel: Claimed, notices: tuple[Notice, ...]) -> Message:
        found = most_serious(notices)
        async with self._database.unit_of_work() as unit:
            lines = await lines_of(unit.connection, found[:MOST_LINES], channel.recipient)
        severities = Counter(notice.severity for notice in found)
        title, body = compose(lines, len(found), severities, channel.recipient.language)
        return Message(title, body, found[0].severity == "critical")

    def _note(self, channel: Claimed, result: Result, given_up: int) -> None:
        kind = channel.address.kind
        outcome = "sent" if result.sent else "throttled" if result.wait_s is not None else "retried"
        metrics.DELIVERIES.labels(kind, outcome).inc()
        if given_up:
            metrics.DELIVERIES.labels(kind, "failed").inc(given_up)
        if not result.sent:
            log.warning("channel %s (%s): %s", channel.channel_id, kind, result.error)


def sender_of(settings: Settings) -> Sender:
    """Return what sends as the settings say.

    Raises:
        FatalError: naming the setting that cannot be read; never its value.
    """
    try:
        server = MailServer.at(settings.smtp_url.get_secret_value())
    except ValueError as error:
        raise FatalError(str(error)) from None
    return Sender(Allowed.by(settings), server)


async def deliver(runtime: Runtime) -> None:
    """Send what waits, until cancelled. A replay of the past (clock "events") tells nobody."""
    sender = sender_of(runtime.settings)
    if runtime.settings.clock != "real":
        await asyncio.Event().wait()
    courier = Courier(runtime.database, sender, runtime.clock.now)
    try:
        while True:
            served = 0
            try:
                served = await courier.step()
            except TRANSIENT_DATABASE_ERRORS as error:
                metrics.TRANSIENT_ERRORS.labels("insights", type(error).__name__).inc()
            await asyncio.sleep(0 if served else LOOK_EVERY_S)
    finally:
        courier.close()


_GAUGES = """
SELECT (SELECT count(*) FROM deliveries WHERE state = 'failed') AS failed,
       coalesce((SELECT extract(epoch FROM $1 - min(d.not_before)) FROM deliveries AS d
                 WHERE d.state = 'pending'), 0)::float AS oldest_s
"""


async def measure_alerts(runtime: Runtime) -> None:
    """Keep the gauges of alerts and deliveries true, until cancelled."""

    async def step() -> int:
        await measure(runtime.database, runtime.clock.now())
        return 0

    await keep_doing("insights", "gauges of alerts", step, share=1.0, idle_s=MEASURE_EVERY_S)


async def measure(database: Database, now: datetime) -> None:
    """Set the gauges of alerts and deliveries."""
    rows = await database.pool.fetch(
        "SELECT severity, count(*) AS alerts FROM alerts WHERE state <> 'resolved' GROUP BY severity"
    )
    found = {row["severity"]: row["alerts"] for row in rows}
    for severity in ("info", "warning", "critical"):
        metrics.ALERTS_OPEN.labels(severity).set(found.get(severity, 0))
    row = await database.pool.fetchrow(_GAUGES, now)
    assert row is not None
    metrics.DELIVERIES_FAILED.set(row["failed"])
    metrics.DELIVERY_OLDEST_SECONDS.set(max(0.0, row["oldest_s"]))
