"""/ready knows, and a start waits for what is not there yet."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.http import health
from services.kit.http.app import create_app
from services.kit.settings import Settings
from tests.kit.http.conftest import bearer, fresh_settings
from tests.kit.http.demo import Applied, demo_service
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[LocalPostgres]:
    """A server that these tests may stop."""
    with LocalPostgres() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_settings(own_postgres: LocalPostgres, tansu_server: TansuBroker) -> Settings:
    return await fresh_settings(own_postgres, tansu_server)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_app(own_settings: Settings) -> AsyncIterator[FastAPI]:
    yield create_app(demo_service(Applied()), own_settings)


async def test_life_of_a_service(
    own_app: FastAPI, own_postgres: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(own_postgres.kill)
    async with own_app.router.lifespan_context(own_app), client_of(own_app) as client:
        await until(lambda: says(client, "starting, waiting for: [Errno 111] Connect call failed"))
        assert (await client.get("/live")).status_code == 200
        response = await client.get("/things", headers=bearer("sales"))
        assert (response.status_code, response.json()["detail"]) == (503, "Demo is starting")
        assert response.headers["retry-after"]
        assert "starting" in (await client.get("/")).text

        await asyncio.to_thread(own_postgres.start)
        await until(lambda: works(client))

        monkeypatch.setattr(health, "PROGRESS_TIMEOUT_S", -1.0)
        await until(lambda: says(client, "the consumer has not come round for"))
        monkeypatch.undo()
        await until(lambda: works(client))

        await asyncio.to_thread(own_postgres.suspend)
        try:
            started = asyncio.get_running_loop().time()
            response = await client.get("/ready")
            assert asyncio.get_running_loop().time() - started < 2
            assert response.status_code == 503
            assert "the database does not answer within 1 s" in response.text
        finally:
            await asyncio.to_thread(own_postgres.resume)
        await until(lambda: works(client))
    assert own_app.state.runtime.problems == ["starting"]


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://tallyman.test", timeout=30
    )


async def says(client: httpx.AsyncClient, words: str) -> bool:
    response = await client.get("/ready")
    return response.status_code == 503 and words in response.text


async def works(client: httpx.AsyncClient) -> bool:
    return (await client.get("/ready")).status_code == 200


async def test_waiting_for_a_broker(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, caplog: pytest.LogCaptureFixture
) -> None:
    settings = await fresh_settings(postgres_server, tansu_server)
    absent = settings.model_copy(update={"kafka_bootstrap": f"127.0.0.1:{free_port()}"})
    app = create_app(demo_service(Applied()), absent)
    async with app.router.lifespan_context(app), client_of(app) as client:
        await until(lambda: says(client, "waiting for: KafkaConnectionError"))
    assert "Unclosed" not in caplog.text
