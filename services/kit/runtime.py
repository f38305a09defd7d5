"""A running service: database, broker, consumer and background work, started and stopped together."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaProducer
from fastapi import APIRouter
from sqlalchemy import Table

from contracts.topics import consumed_by
from services.kit import metrics
from services.kit.batch import BatchApplier, Processor
from services.kit.clock import Clock, SystemClock
from services.kit.consumer import FencedConsumer
from services.kit.database import Database
from services.kit.errors import FatalError
from services.kit.housekeeping import measure_dead_letters, purge_expired
from services.kit.http.sessions import SessionVerifier
from services.kit.kafka import kafka_producer
from services.kit.log_identity import log_identity
from services.kit.migrate import pending
from services.kit.outbox import Publisher
from services.kit.receipts import ReceiptStore
from services.kit.settings import Settings
from services.kit.telemetry import TracedApplier, TracedPublisher

if TYPE_CHECKING:
    from services.kit.web.texts import Text

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Service:
    """What makes a service: everything else is the kit's.

    Attributes:
        name: also its database schema and consumer group.
        paths: the first path segments of its HTTP routes, for the gateway.
        processor: builds what applies its events.
        routers: its HTTP routes.
        background: tasks that run as long as the service does.
        receipts: where receipts are kept, if not in the kit's table.
        lanes: how many batches of different partitions it applies side by side; each lane has its own processor.
        owners: its table of who looks after a customer from a day on (customer_id, from_day, salesperson_id); without
            one, those who see their own customers only see none.
        sessions: knows which sessions of people are valid, in the service that keeps them.
        sentences: what its rules and its API say in English, and its Chinese, for pages.
    """

    name: str
    title: str
    paths: tuple[str, ...]
    processor: Callable[["Runtime"], Processor]
    routers: Sequence[APIRouter] = ()
    background: Sequence[Callable[["Runtime"], Awaitable[None]]] = ()
    receipts: ReceiptStore | None = None
    lanes: int = 1
    owners: Table | None = None
    sessions: Callable[["Runtime"], SessionVerifier] | None = None
    sentences: Sequence["Text"] = ()

    def __post_init__(self) -> None:
        """Refuse a background task that is there twice: it would take its share of the time twice, for nothing."""
        twice = {task.__name__ for task in self.background if list(self.background).count(task) > 1}
        if twice:
            raise ValueError(f"background: twice there: {', '.join(sorted(twice))}")


@dataclass
class Runtime:
    """The live parts of one service in one process.

    Attributes:
        waiting_for: what a start that is tried again waits for, in words.
    """

    service: Service
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    database: Database = field(init=False)
    producer: AIOKafkaProducer = field(init=False)
    publisher: Publisher = field(init=False)
    processor: Processor = field(init=False)
    consumer: FencedConsumer = field(init=False)
    log_id: str = field(init=False, default="")
    started: bool = field(init=False, default=False)
    waiting_for: str = field(init=False, default="")
    _tasks: list[asyncio.Task[None]] = field(init=False, default_factory=list)

    async def start(self) -> None:
        """Connect and start consuming. Returns once everything is under way; :attr:`problems` says when it works.

        A start that failed has let go of everything and may be tried again.

        Raises:
            FatalError: when trying again does not help, for example with migrations that were not run.
        """
        try:
            await self._start()
        except BaseException:
            await self._release()
            raise

    async def _start(self) -> None:
        name, settings = self.service.name, self.settings
        await self._check_migrations()
        self.database = await Database.open(
            settings.database_url.get_secret_value(), name, settings.database_pool_size
        )
        self.producer = kafka_producer(settings, name)
        await self.producer.start()
        self.log_id = await log_identity(settings, self.producer)
        publisher = TracedPublisher if settings.otlp_endpoint else Publisher
        self.publisher = publisher(
            self.database,
            self.producer,
            service=name,
            topic_prefix=settings.topic_prefix,
            partitions=settings.partitions,
            sweep_after_s=settings.outbox_sweep_after_s,
        )
        self.database.on_committed = self.publisher.enqueue
        await self._greet_log()
        self.publisher.start(self._ended)
        processors = [self.service.processor(self) for _ in range(self.service.lanes)]
        self.processor = processors[0]
        appliers = [self._applier(processor) for processor in processors]
        self.consumer = FencedConsumer(
            settings, name, consumed_by(name), self.database, self.publisher, appliers, self.log_id
        )
        self._tasks = [asyncio.create_task(self.consumer.run(), name=f"{name}-consumer")]
        self._tasks += [
            asyncio.create_task(_as_coroutine(work(self)), name=f"{name}-background")
            for work in (*self.service.background, measure_dead_letters, purge_expired)
        ]
        for task in self._tasks:
            task.add_done_callback(self._ended)
        self.started = True
        _spare_the_collector()

    async def _check_migrations(self) -> None:
        name = self.service.name
        if missing := await pending(self.settings.database_url.get_secret_value(), name):
            raise FatalError(
                f"schema {name!r} is not up to date, {', '.join(missing)} is missing: run 'tallyman migrate'"
            )

    def _applier(self, processor: Processor) -> BatchApplier:
        applier = TracedApplier if self.settings.otlp_endpoint else BatchApplier
        return applier(
            self.service.name,
            self.database,
            processor,
            log_id=self.log_id,
            zone=self.settings.zone,
            retry_attempts=self.settings.retry_attempts,
            dead_letter_limit=self.settings.dead_letter_limit,
            receipts=self.service.receipts,
        )

    async def _greet_log(self) -> None:
        """On a log never seen before, publish the whole retained outbox again; consumers drop what they have."""
        async with self.database.unit_of_work() as unit:
            met = await unit.connection.fetchval("SELECT count(*) FROM logs")
            new = await unit.connection.fetchval(
                "INSERT INTO logs (log_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING log_id", self.log_id
            )
        if new and met:
            log.warning(
                "%s has never seen log %s: publishing its outbox again", self.service.name, self.log_id
            )
            await self.publisher.republish_everything()
            await self.publisher.sweep()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A part that ends by itself takes the process with it: a live process with a dead consumer helps nobody."""
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the process, in an orderly way and with status 1."""
        if isinstance(error, FatalError):
            log.critical("%s stops: %s", self.service.name, error)
        else:
            log.critical("%s stops on an unexpected error", self.service.name, exc_info=error)
        metrics.TRANSIENT_ERRORS.labels(self.service.name, "fatal").inc()
        os.environ["TALLYMAN_EXIT_STATUS"] = "1"
        os.kill(os.getpid(), signal.SIGTERM)

    @property
    def problems(self) -> list[str]:
        """What keeps this service from working, in words; empty when it is ready."""
        if not self.started:
            return [f"starting, waiting for: {self.waiting_for}" if self.waiting_for else "starting"]
        found = [f"{task.get_name()} has ended" for task in self._tasks if task.done()]
        if self.publisher.failed is not None:
            found.append(f"the outbox publisher has ended: {self.publisher.failed!r}")
        if not self.consumer.ready:
            found.append("the consumer has no partitions yet")
        return found

    async def stop(self) -> None:
        """Finish the batch in hand, publish it, and let go of everything."""
        if not self.started:
            return
        self.started = False
        self.consumer.stop()
        consumer, *background = self._tasks
        for task in background:
            task.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(consumer, timeout=15)
        await asyncio.gather(*background, return_exceptions=True)
        await self._release()

    async def _release(self) -> None:
        """Let go of whatever is there, in the reverse order of the start; one that fails does not keep the others."""
        for name, end in (("publisher", "stop"), ("producer", "stop"), ("database", "close")):
            part = self.__dict__.pop(name, None)
            if part is None:
                continue
            try:
                await getattr(part, end)()
            except Exception as error:
                log.warning("%s: the %s did not stop cleanly: %r", self.service.name, name, error)


def _spare_the_collector() -> None:
    """Let the garbage collector pass over what lives as long as the process, and look less often.

    A batch makes thousands of objects that reference counting frees by itself; with the default thresholds the
    collector walks all kept accounts again and again (a tenth of the service's CPU time).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 25, 50)


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work
