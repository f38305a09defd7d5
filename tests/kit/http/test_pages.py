"""Lists: every row once, in order, whatever happens in between."""

import base64
import json
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.kit.runtime import Runtime
from tests.kit.http.conftest import bearer

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS = [(f"p-{number:02}", "paged", number % 4) for number in range(23)]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _rows(runtime: Runtime) -> None:
    await runtime.database.pool.executemany(
        "INSERT INTO things VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", ROWS
    )


async def get(client: httpx.AsyncClient, **query: Any) -> httpx.Response:
    return await client.get("/things", params={"name": "paged"} | query, headers=bearer("sales"))


async def walk(client: httpx.AsyncClient, **query: Any) -> list[tuple[int, str]]:
    seen: list[tuple[int, str]] = []
    response = await get(client, **query)
    while True:
        assert response.status_code == 200, response.text
        seen += [(item["size"], item["thing_id"]) for item in response.json()["items"]]
        if response.json()["next"] is None:
            assert "link" not in response.headers
            return seen
        link = response.links["next"]["url"]
        assert httpx.URL(link).params["cursor"] == response.json()["next"]
        response = await client.get(link, headers=bearer("sales"))


@pytest.mark.parametrize("limit", [1, 5, 22, 23, 24, 500])
async def test_every_row_once_in_order(client: httpx.AsyncClient, limit: int) -> None:
    wanted = [(size, thing_id) for thing_id, _, size in ROWS]
    assert await walk(client, limit=limit) == sorted(wanted, key=lambda row: row[1])
    assert await walk(client, limit=limit, sort="size") == sorted(wanted)
    assert await walk(client, limit=limit, sort="-size") == sorted(wanted, reverse=True)


async def test_a_row_that_comes_in_between_moves_nothing(client: httpx.AsyncClient, runtime: Runtime) -> None:
    first = (await get(client, limit=10)).json()
    await runtime.database.pool.execute("INSERT INTO things VALUES ('p-000', 'paged', 0)")
    second = (await get(client, limit=10, cursor=first["next"])).json()
    await runtime.database.pool.execute("DELETE FROM things WHERE thing_id = 'p-000'")
    assert [item["thing_id"] for item in second["items"]] == [row[0] for row in ROWS[10:20]]


def forged(cursor: str, **changes: Any) -> str:
    parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    return base64.urlsafe_b64encode(json.dumps([parts[0], *changes["values"]]).encode()).decode().rstrip("=")


async def test_cursors_of_other_lists(client: httpx.AsyncClient) -> None:
    cursor = (await get(client, limit=5, sort="size")).json()["next"]
    assert (await get(client, limit=7, sort="size", cursor=cursor)).status_code == 200
    for query in (
        {"cursor": cursor},
        {"cursor": cursor, "sort": "-size"},
        {"cursor": cursor, "sort": "size", "name": "other"},
        {"cursor": "nonsense", "sort": "size"},
        {"cursor": "é", "sort": "size"},
        {"cursor": cursor[:-4], "sort": "size"},
        {"cursor": forged(cursor, values=[2**70, "p"]), "sort": "size"},
        {"cursor": forged(cursor, values=["1", "p"]), "sort": "size"},
        {"cursor": forged(cursor, values=[True, "p"]), "sort": "size"},
        {"cursor": forged(cursor, values=[1, "p\x00"]), "sort": "size"},
        {"cursor": forged(cursor, values=[1]), "sort": "size"},
        {"cursor": "x" * 1001, "sort": "size"},
    ):
        response = await get(client, **query)
        assert response.status_code == 422, (query, response.text)
        assert response.json()["errors"][0]["field"] == "query.cursor"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "query.limit"),
        ({"limit": 501}, "query.limit"),
        ({"limit": "many"}, "query.limit"),
        ({"sort": "colour"}, "query.sort"),
        ({"stat": "held"}, "query.stat"),
    ],
)
async def test_parameters_that_are_not_valid(
    client: httpx.AsyncClient, query: dict[str, Any], field: str
) -> None:
    response = await get(client, **query)
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]
