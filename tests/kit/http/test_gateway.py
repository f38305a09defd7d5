"""Several services in one process on one port."""

import re
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.kit.http.app import mount_services
from services.kit.migrations import kit_sql
from services.kit.settings import Settings
from tests.kit.http.conftest import bearer, fresh_settings, running
from tests.kit.http.demo import Applied, demo_service
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def gateway(
    postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[httpx.AsyncClient]:
    settings = await fresh_settings(postgres_server, tansu_server)
    await second_schema(settings)
    services = [demo_service(Applied()), demo_service(Applied(), "demo2", ("/gadgets",))]
    async with running(mount_services(services, settings)) as client:
        yield client


async def second_schema(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute("CREATE SCHEMA demo2; SET search_path TO demo2;" + kit_sql("kit_0001"))
    await connection.close()


async def test_requests_reach_their_service(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get("/things", headers=bearer("sales"))).status_code == 200
    for path in ("/demo/dead-letters", "/demo2/dead-letters"):
        assert (await gateway.get(path, headers=bearer("ops"))).status_code == 200
    for path in ("/gadgets", "/nowhere", "/docs/nobody", "/openapi/nobody.json", "/docs/assets/nothing.js"):
        response = await gateway.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


async def test_one_answer_for_all(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get("/live")).json() == {"status": "alive"}

    async def ready() -> bool:
        return (await gateway.get("/ready")).status_code == 200

    await until(ready)
    assert (await gateway.get("/ready")).json() == {
        "status": "ready",
        "services": {"demo": [], "demo2": []},
        "problems": [],
    }
    text = (await gateway.get("/metrics")).text
    assert (
        'tallyman_http_request_seconds_count{method="GET",route="/things",service="demo",status="200"}'
        in text
    )
    assert 'route="unmatched",service="gateway",status="404"' in text


async def test_metrics_have_templates_and_no_addresses(gateway: httpx.AsyncClient) -> None:
    await gateway.get("/things/secret-customer", headers=bearer("sales"))
    await gateway.get("/demo/dead-letters/17", headers=bearer("ops"))
    text = (await gateway.get("/metrics")).text
    assert 'route="/things/{thing_id}"' in text
    assert 'route="/demo/dead-letters/{letter_id}"' in text
    assert "secret-customer" not in text


async def test_index_page(gateway: httpx.AsyncClient) -> None:
    response = await gateway.get("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in response.headers["content-security-policy"]
    for link in ("/docs/demo", "/openapi/demo2.json", "/ready", "/metrics"):
        assert f'href="{link}"' in response.text
        assert (await gateway.get(link)).status_code == 200


@pytest.mark.parametrize("page", ["/", "/docs/demo", "/docs/demo2"])
async def test_pages_need_nobody_else(gateway: httpx.AsyncClient, page: str) -> None:
    text = (await gateway.get(page)).text
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", text), (
        "the policy forbids it inline"
    )
    links = re.findall(r'(?:src|href|data-url)="([^"]*)"', text)
    assert links
    for link in links:
        assert link.startswith("/")
        assert (await gateway.get(link)).status_code == 200, link


async def test_openapi_says_what_is_answered(gateway: httpx.AsyncClient) -> None:
    document = (await gateway.get("/openapi/demo.json")).json()
    assert document["info"]["title"] == "Tallyman: Demo"
    assert {"/things", "/demo/dead-letters/{letter_id}/retry", "/ready"} <= document["paths"].keys()
    assert next(iter(document["paths"])) == "/things"
    post = document["paths"]["/things"]["post"]
    assert list(post["responses"]["default"]["content"]) == ["application/problem+json"]
    assert post["security"] == [{"HTTPBearer": []}, {"APIKeyHeader": []}]
    assert [p["name"] for p in post["parameters"]] == ["Idempotency-Key"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert document["components"]["schemas"]["Problem"]["properties"].keys() >= {
        "title",
        "errors",
        "trace_id",
    }


async def test_two_services_with_one_path() -> None:
    with pytest.raises(ValueError, match="two services have the path /things"):
        mount_services([demo_service(Applied()), demo_service(Applied(), "demo2", ("things",))])


async def test_an_app_is_made_without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TALLYMAN_DATABASE_URL", raising=False)
    assert mount_services([demo_service(Applied())]).openapi()
