"""The whole service on a real PostgreSQL and broker, behind a real HTTP server: event streams need one."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from aiokafka import AIOKafkaProducer

from contracts.codec import encode
from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by, partition_of
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.insights.app import service
from services.kit.http.app import create_app
from services.kit.migrate import migrate
from services.kit.runtime import Runtime
from services.kit.settings import Settings

PARTITIONS = 2
TIMEOUT_S = 60.0
PEOPLE = {"S-1": "sales", "S-2": "sales", "li.na": "finance", "boss": "manager", "admin": "ops"}
KEYS = {name: f"{name}-key-0123456789" for name in PEOPLE}


@dataclass
class Served:
    address: str
    runtime: Runtime
    prefix: str
    bootstrap: str

    def client(self, name: str = "boss", **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.address,
            headers={"Authorization": f"Bearer {KEYS[name]}", **headers},
            timeout=20,
            trust_env=False,
        )

    async def publish(self, *events: Event[Any]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            for event in events:
                topic, key = EVENT_TYPES[event.type].TOPIC, event.key.encode()
                broadcast = topic in ("products", "clock")
                for partition in range(PARTITIONS) if broadcast else [partition_of(key, PARTITIONS)]:
                    await producer.send_and_wait(self.prefix + topic, encode(event), key, partition)
        finally:
            await producer.stop()


@asynccontextmanager
async def served(postgres: LocalPostgres, broker: TansuBroker, **settings: Any) -> AsyncIterator[Served]:
    name = f"insights_served_{uuid.uuid4().hex[:8]}"
    url = await asyncio.to_thread(postgres.create_database, name)
    await migrate(url, ["insights"])
    prefix = f"{name}."
    names = {*consumed_by("insights"), "dead-letters"}
    await ensure_topics(broker.bootstrap, [(prefix + topic, PARTITIONS, {}) for topic in sorted(names)])
    chosen = Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap": broker.bootstrap,
            "kafka_idempotence": False,
            "topic_prefix": prefix,
            "partitions": PARTITIONS,
            "api_keys": ",".join(f"{KEYS[who]}:{role}:{who}" for who, role in PEOPLE.items()),
            **settings,
        }
    )
    app = create_app(service, chosen)
    config = uvicorn.Config(
        app, "127.0.0.1", 0, log_config=None, lifespan="on", ws="none", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        await until(lambda: _true(server.started and app.state.runtime.started))
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}", app.state.runtime, prefix, broker.bootstrap)
    finally:
        server.should_exit = True
        await running


async def _true(value: bool) -> bool:
    return value


async def until(condition: Callable[[], Awaitable[Any]], timeout_s: float = TIMEOUT_S) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + timeout_s
    while not (found := await condition()):
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0.05)
    return found


class Stream:
    """Reads server-sent events."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self, timeout_s: float = 20.0) -> tuple[str, int, Any]:
        """The next event: name, id and data."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(timeout_s):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line and name:
                    fields[name] = value
                elif "data" in fields:
                    return fields["event"], int(fields["id"]), json.loads(fields["data"])
        raise AssertionError("the stream has ended")


@asynccontextmanager
async def watching(
    client: httpx.AsyncClient, params: dict[str, str] | None = None, last_event_id: str | None = None
) -> AsyncIterator[Stream]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    async with client.stream("GET", "/insights/alerts/stream", params=params, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer.aiter_lines())
