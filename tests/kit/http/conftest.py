"""One demo service on a real PostgreSQL and a real broker, shared by the tests of this folder."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from contracts.topics import consumed_by
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.kit.http.app import create_app
from services.kit.migrate import migrate
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.kit.http.demo import Applied, demo_service
from tests.waiting import until

ROOT = Path(__file__).parent / "services"
PARTITIONS = 2
JWT_SECRET = "a-secret-of-at-least-32-characters"
KEYS = {role: f"{role}-key-0123456789" for role in ("sales", "finance", "manager", "ops", "system")}


def bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {KEYS[role]}"}


@pytest.fixture(autouse=True, scope="session")
def _demo_consumes() -> Iterator[None]:
    """The topic map knows no demo service."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "services.kit.runtime.consumed_by",
            lambda name: ("clock", "products") if name.startswith("demo") else consumed_by(name),
        )
        yield


async def fresh_settings(postgres: LocalPostgres, broker: TansuBroker, **changes: object) -> Settings:
    """Return settings with a database, topics and keys of their own."""
    name = f"http_{uuid.uuid4().hex[:12]}"
    url = await asyncio.to_thread(postgres.create_database, name)
    await migrate(url, ["demo"], root=ROOT)
    prefix = f"{name}."
    await ensure_topics(
        broker.bootstrap, [(prefix + t, PARTITIONS, {}) for t in ("clock", "products", "dead-letters")]
    )
    values: dict[str, object] = {
        "database_url": url,
        "kafka_bootstrap": broker.bootstrap,
        "kafka_idempotence": False,
        "topic_prefix": prefix,
        "partitions": PARTITIONS,
        "api_keys": ",".join(f"{key}:{role}:{role}-person" for role, key in KEYS.items()),
        "jwt_secret": JWT_SECRET,
    }
    return Settings.model_validate(values | changes)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Run an app with its lifespan and yield a client; wait only until it has started."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://tallyman.test") as client,
    ):

        async def started() -> bool:
            return "starting" not in (await client.get("/ready")).text

        await until(started)
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def settings(postgres_server: LocalPostgres, tansu_server: TansuBroker) -> Settings:
    return await fresh_settings(postgres_server, tansu_server)


@pytest.fixture(scope="session")
def applied() -> Applied:
    return Applied()


@pytest.fixture(scope="session")
def app(settings: Settings, applied: Applied) -> FastAPI:
    return create_app(demo_service(applied), settings)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with running(app) as running_client:
        yield running_client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runtime(app: FastAPI, client: httpx.AsyncClient) -> Runtime:
    found: Runtime = app.state.runtime
    return found
