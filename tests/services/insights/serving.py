"""A running service of insights with its background work, for tests over HTTP."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from contracts.envelope import Event
from contracts.topics import consumed_by
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.insights.app import service
from services.kit.http.app import create_app
from services.kit.migrate import migrate
from services.kit.settings import Settings
from tests.services.insights.test_service import KEYS, PARTITIONS, TIMEOUT_S, publish


@asynccontextmanager
async def serving(
    postgres: LocalPostgres, broker: TansuBroker, history: Iterable[Event[Any]]
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client of a service to which these events were published, and the prefix of its topics."""
    name = f"segments_http_{uuid.uuid4().hex[:8]}"
    url = await asyncio.to_thread(postgres.create_database, name)
    await migrate(url, ["insights"])
    prefix = f"{name}."
    needed: list[tuple[str, int, dict[str, str]]] = [
        (prefix + topic, PARTITIONS, {}) for topic in (*consumed_by("insights"), "insights", "dead-letters")
    ]
    await ensure_topics(broker.bootstrap, needed)
    settings = Settings.model_validate(
        {
            "database_url": url,
            "kafka_bootstrap": broker.bootstrap,
            "kafka_idempotence": False,
            "topic_prefix": prefix,
            "partitions": PARTITIONS,
            "clock": "events",
            "api_keys": ",".join(f"{key}:{role}" for role, key in KEYS.items()),
        }
    )
    app = create_app(service, settings)
    as_manager = {"Authorization": f"Bearer {KEYS['manager']}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://test", headers=as_manager
        ) as http,
    ):
        await publish(broker, prefix, history)
        yield http, prefix


async def until(http: httpx.AsyncClient, address: str, arrived: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        answer = await http.get(address)
        if answer.status_code == 200 and arrived(answer.json()):
            return answer.json()
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)
