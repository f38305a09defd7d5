"""Load that remembers: every event that was acknowledged, by the broker or over HTTP, and what must follow from it."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.codec import encode, new_event
from contracts.events import EventData
from contracts.events.clock import DayStarted
from contracts.events.orders import OrderInvoiced, OrderPlaced
from contracts.events.payments import PaymentReceived
from contracts.events.terms import TermsSet
from contracts.topics import partition_of
from tests.faults.world import PARTITIONS, World

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
LIMIT = "20000.00"
AMOUNT = 1_234_50


@dataclass
class Load:
    """A stream of orders, invoices and payments, sent as tills and banks do: again until acknowledged.

    Attributes:
        orders, invoices, payments: acknowledged ids with amounts in minor units.
        ends: per topic and partition the offset after the last acknowledged record.
        repeats: how many times an event is sent at most (at random), as producers without idempotence do.
    """

    world: World
    seed: int = 1
    customers: int = 12
    repeats: int = 1
    http: Callable[[], str] | None = None
    orders: dict[str, int] = field(default_factory=dict)
    by_http: set[str] = field(default_factory=set)
    invoices: dict[str, int] = field(default_factory=dict)
    payments: dict[str, int] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    sent: int = 0
    http_retries: int = 0
    events: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        # The same number on each partition, so that a partition that stands still is seen.
        names = [f"C{self.seed}-{n}" for n in range(200)]
        by_partition = [
            [n for n in names if partition_of(n.encode(), PARTITIONS) == p] for p in range(PARTITIONS)
        ]
        self._names = [name for some in by_partition for name in some[: self.customers // PARTITIONS]]
        self._to_invoice: list[tuple[str, str]] = []

    async def open(self) -> "Load":
        """Begin the day on every partition and grant every customer terms."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self.world.broker.bootstrap,
            acks="all",
            request_timeout_ms=5_000,
            metadata_max_age_ms=5_000,
        )
        await self._producer.start()
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)
        for partition in range(PARTITIONS):
            day = DayStarted(day=date(2026, 3, 2), partition=partition)
            await self.publish(day, str(partition), partition=partition)
        for customer in self._names:
            await self.publish(
                TermsSet(customer_id=customer, currency="CNY", term_days=30, limit=LIMIT), customer
            )
        return self

    async def close(self) -> None:
        """Let go of the connections."""
        await self._producer.stop()
        await self._client.aclose()

    async def run(self, stop: asyncio.Event, pause_s: float = 0.01) -> None:
        """Send until told to stop. What is under way then is still brought to its acknowledgement."""
        async with asyncio.TaskGroup() as requests:
            await self._run(requests, stop, pause_s)

    async def _run(self, requests: asyncio.TaskGroup, stop: asyncio.Event, pause_s: float) -> None:
        under_way: set[asyncio.Task[str]] = set()
        while not stop.is_set():
            # With many requests waiting for a service that is away, events go on coming through Kafka.
            if self.http is not None and len(under_way) < 8 and self._random.random() < 0.25:
                under_way.add(requests.create_task(self.order_over_http()))
            else:
                await self.step()
            under_way = {task for task in under_way if not task.done()}
            await asyncio.sleep(pause_s)

    async def steps(self, count: int) -> None:
        """Send that many events."""
        for _ in range(count):
            await self.step()

    async def step(self) -> None:
        """Send one event through Kafka."""
        kind = self._random.random()
        if kind < 0.2 and self._to_invoice:
            customer, order_id = self._to_invoice.pop(self._random.randrange(len(self._to_invoice)))
            await self.invoice(customer, order_id)
        elif kind < 0.4:
            await self.payment(self._random.choice(self._names))
        else:
            await self.order(self._random.choice(self._names))

    def _id(self, letter: str) -> str:
        self.events += 1
        return f"{letter}{self.seed}-{self.events}"

    async def order(self, customer: str) -> str:
        """Place an order through Kafka."""
        order_id = self._id("O")
        await self.publish(_placed(order_id, customer), customer)
        self.orders[order_id] = AMOUNT
        self._to_invoice.append((customer, order_id))
        return order_id

    async def order_over_http(self, customer: str | None = None) -> str:
        """Place an order over HTTP, again with the same key until there is an answer that it is taken."""
        assert self.http is not None
        order_id = self._id("H")
        body = _placed(order_id, customer or self._random.choice(self._names)).model_dump(mode="json")
        while True:
            try:
                answer = await self._client.post(
                    f"{self.http()}/orders", json=body, headers={"Idempotency-Key": order_id}
                )
                if answer.status_code in (200, 202):
                    break
                assert answer.status_code in (409, 503, 500), answer.text
            except httpx.HTTPError:
                pass
            self.http_retries += 1
            await asyncio.sleep(0.5)
        self.orders[order_id] = AMOUNT
        self.by_http.add(order_id)
        return order_id

    async def invoice(self, customer: str, order_id: str) -> None:
        """Invoice an order in full."""
        invoice_id = self._id("I")
        body: dict[str, Any] = {"invoice_id": invoice_id, "customer_id": customer, "order_id": order_id}
        await self.publish(
            OrderInvoiced(**body, currency="CNY", amount="1234.50", issued_on=date(2026, 3, 2), lines=[]),
            customer,
        )
        self.invoices[invoice_id] = AMOUNT

    async def payment(self, customer: str) -> None:
        """Pay."""
        payment_id = self._id("P")
        await self.publish(
            PaymentReceived(
                payment_id=payment_id, customer_id=customer, currency="CNY", amount="1000.00", allocations=[]
            ),
            customer,
        )
        self.payments[payment_id] = 1_000_00

    async def publish(self, data: EventData, key: str, partition: int | None = None) -> None:
        """Publish an event as often as ``repeats`` allows, each time until it is acknowledged."""
        self.events += 1
        value = encode(
            new_event(
                data,
                id=f"e{self.seed}-{self.events}",
                occurred_at=START + timedelta(milliseconds=self.events),
                key=key,
                producer=f"load-{self.seed}",
            )
        )
        for _ in range(self._random.randint(1, self.repeats)):
            await self.send(data.TOPIC, key.encode(), value, partition)

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, partition: int | None = None
    ) -> int:
        """Publish bytes until they are acknowledged; return their offset."""
        if partition is None:
            partition = partition_of(key or b"", PARTITIONS)
        while True:
            try:
                done = await self._producer.send_and_wait(
                    self.world.prefix + topic, value, key=key, partition=partition
                )
                break
            except (KafkaError, OSError):
                await asyncio.sleep(0.2)
        self.sent += 1
        place = (topic, partition)
        self.ends[place] = max(self.ends.get(place, 0), done.offset + 1)
        return int(done.offset)


def _placed(order_id: str, customer: str) -> OrderPlaced:
    return OrderPlaced(order_id=order_id, customer_id=customer, currency="CNY", amount="1234.50", lines=[])
