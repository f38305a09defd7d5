"""Runs a service with its HTTP app on a real PostgreSQL and a real broker."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from fastapi import FastAPI

from contracts.codec import decode
from contracts.envelope import Event
from contracts.topics import partition_of, topics
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.kit.http.app import create_app
from services.kit.migrate import migrate
from services.kit.records import Received
from services.kit.runtime import Runtime, Service
from services.kit.settings import Settings
from tests.waiting import until

PARTITIONS = 2
KEYS = {role: f"{role}-key-0123456789" for role in ("sales", "finance", "manager", "ops", "system")}

SERVICE_KEY = "service-key-0123456789"
"""What other services show to customers."""


@dataclass
class Replica:
    """One process of a service: its app and a client of it."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.state.runtime
        return runtime


@dataclass
class Installation:
    """Some replicas of one service over one database and one broker."""

    settings: Settings
    replicas: list[Replica]
    producer: AIOKafkaProducer

    @property
    def client(self) -> httpx.AsyncClient:
        return self.replicas[0].client

    async def publish(self, received: Received) -> None:
        """Put an event on its topic as a producer outside would."""
        record = received.record
        assert record.key is not None
        partition = partition_of(record.key, PARTITIONS)
        await self.producer.send_and_wait(
            self.settings.topic(record.topic), record.value, key=record.key, partition=partition
        )


def bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[role]}"}


@asynccontextmanager
async def installation(
    service: Service, postgres: LocalPostgres, broker: TansuBroker, replicas: int = 1, **changes: object
) -> AsyncIterator[Installation]:
    """Start ``replicas`` of a service on a database and topics of their own, and wait until they are ready.

    ``changes`` are settings that differ from those of other tests.
    """
    name = f"{service.name}_{uuid.uuid4().hex[:12]}"
    url = await asyncio.to_thread(postgres.create_database, name)
    await migrate(url, [service.name])
    await ensure_topics(broker.bootstrap, [(f"{name}.{topic}", PARTITIONS, {}) for topic in topics()])
    settings = Settings.model_validate(
        {
            "database_url": url,
            "database_pool_size": 4,
            "kafka_bootstrap": broker.bootstrap,
            "kafka_idempotence": False,
            "topic_prefix": f"{name}.",
            "partitions": PARTITIONS,
            "api_keys": ",".join(f"{key}:{role}:{role}-person" for role, key in KEYS.items()),
            "customers_key": SERVICE_KEY,
            **changes,
        }
    )
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
    async with AsyncExitStack() as stack:
        await producer.start()
        stack.push_async_callback(producer.stop)
        started = [await _start(stack, create_app(service, settings)) for _ in range(replicas)]
        await until(lambda: _ready(started))
        yield Installation(settings, started, producer)
    await asyncio.to_thread(postgres.drop_database, name)


async def _start(stack: AsyncExitStack, app: FastAPI) -> Replica:
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app=app)
    client = httpx.AsyncClient(
        transport=transport, base_url="http://tallyman.test", headers=bearer("manager")
    )
    return Replica(app, await stack.enter_async_context(client))


async def _ready(replicas: list[Replica]) -> bool:
    answers = [await replica.client.get("/ready") for replica in replicas]
    return all(answer.status_code == 200 for answer in answers)


async def topic_events(
    running: Installation, topic: str, field: str, value: str
) -> list[tuple[int, Event[Any]]]:
    """What lies on a topic about one subject, as (partition, event)."""
    name = running.settings.topic(topic)
    consumer = AIOKafkaConsumer(bootstrap_servers=running.settings.kafka_bootstrap)
    await consumer.start()
    try:
        places = [TopicPartition(name, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        found: list[tuple[int, Event[Any]]] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                found += [(place.partition, decode(record.value)) for record in records]
    finally:
        await consumer.stop()
    return [(partition, event) for partition, event in found if getattr(event.data, field, None) == value]


async def published(
    running: Installation, topic: str, field: str, value: str, count: int
) -> list[tuple[int, Event[Any]]]:
    found: list[tuple[int, Event[Any]]] = []

    async def enough() -> bool:
        found[:] = await topic_events(running, topic, field, value)
        return len(found) >= count

    await until(enough)
    return found


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    answer: dict[str, Any] = response.json()
    return answer


async def every_page(running: Installation, path: str, **filters: Any) -> list[dict[str, Any]]:
    """The items of a list, two at a time."""
    params = {"limit": 2, **filters}
    items: list[dict[str, Any]] = []
    while True:
        response = await running.client.get(path, params=params)
        assert response.status_code == 200, response.text
        items += response.json()["items"]
        if response.json()["next"] is None:
            return items
        params["cursor"] = response.json()["next"]
