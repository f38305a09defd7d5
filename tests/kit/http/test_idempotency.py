"""The same request again has one effect and one answer."""

import asyncio
from typing import Any

import asyncpg
import httpx
import pytest

from services.kit.http.idempotency import purge_idempotency_keys
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.kit.http.conftest import bearer
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def post(
    client: httpx.AsyncClient, key: str | None, role: str = "sales", **thing: Any
) -> httpx.Response:
    headers = bearer(role) | ({"Idempotency-Key": key} if key is not None else {})
    return await client.post("/things", json={"name": "n", "size": 1} | thing, headers=headers)


async def count(runtime: Runtime, thing_id: str) -> tuple[int, int]:
    """Return how many things and how many outbox rows there are."""
    things = await runtime.database.pool.fetchval("SELECT count(*) FROM things WHERE thing_id = $1", thing_id)
    rows = await runtime.database.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE event_id = $1", f"thing-{thing_id}"
    )
    return things, rows


async def test_same_key_and_body(client: httpx.AsyncClient, runtime: Runtime) -> None:
    first = await post(client, "key-1", thing_id="i-1")
    again = await post(client, '"key-1"', thing_id="i-1")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await count(runtime, "i-1") == (1, 1)


async def test_same_key_for_another_request(client: httpx.AsyncClient, runtime: Runtime) -> None:
    await post(client, "key-2", thing_id="i-2")
    response = await post(client, "key-2", thing_id="i-2", size=2)
    assert response.status_code == 422
    assert "used for another request" in response.json()["detail"]
    other = await client.post(
        "/things?dry_run=true",
        json={"thing_id": "i-2", "name": "n", "size": 1},
        headers=bearer("sales") | {"Idempotency-Key": "key-2"},
    )
    assert other.status_code == 422
    assert await count(runtime, "i-2") == (1, 1)


async def test_keys_belong_to_their_principal(client: httpx.AsyncClient) -> None:
    assert (await post(client, "key-3", thing_id="i-3")).status_code == 201
    assert (await post(client, "key-3", "manager", thing_id="i-3b")).status_code == 201


async def test_without_a_key_there_is_no_protection(client: httpx.AsyncClient, runtime: Runtime) -> None:
    assert (await post(client, None, thing_id="i-4")).status_code == 201
    assert (await post(client, None, thing_id="i-4")).status_code == 500
    assert await count(runtime, "i-4") == (1, 1)


@pytest.mark.parametrize("key", ["", '""', "two words", "x" * 256, 'a"b', "ключ".encode().decode("latin-1")])
async def test_malformed_keys(client: httpx.AsyncClient, key: str) -> None:
    response = await client.post(
        "/things",
        json={"thing_id": "i-5", "name": "n", "size": 1},
        headers={
            b"Authorization": bearer("sales")["Authorization"].encode(),
            b"Idempotency-Key": key.encode("latin-1"),
        },
    )
    assert response.status_code == 400, response.text


async def test_a_refused_request_can_be_corrected(client: httpx.AsyncClient) -> None:
    assert (await post(client, "key-6", thing_id="i-6", size=-1)).status_code == 422
    assert (await post(client, "key-6", thing_id="i-6", size=1)).status_code == 201


async def test_while_the_first_is_in_progress(
    client: httpx.AsyncClient, runtime: Runtime, settings: Settings
) -> None:
    # Another transaction with the same row keeps the first request waiting inside its own.
    blocker = await asyncpg.connect(
        settings.database_url.get_secret_value(), server_settings={"search_path": "demo"}
    )
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute("INSERT INTO things VALUES ('i-7', 'n', 1)")
    first = asyncio.create_task(post(client, "key-7", thing_id="i-7"))

    async def first_waits() -> bool:
        waiting = await runtime.database.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(waiting)

    await until(first_waits)
    second = await post(client, "key-7", thing_id="i-7")
    assert (second.status_code, second.headers["retry-after"]) == (409, "1")
    assert "in progress" in second.json()["detail"]
    await transaction.rollback()
    await blocker.close()
    assert (await first).status_code == 201
    third = await post(client, "key-7", thing_id="i-7")
    assert (third.status_code, third.headers["idempotent-replayed"]) == (201, "true")
    assert await count(runtime, "i-7") == (1, 1)


async def test_many_at_once_have_one_effect(client: httpx.AsyncClient, runtime: Runtime) -> None:
    answers = await asyncio.gather(*(post(client, "key-8", thing_id="i-8") for _ in range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum("idempotent-replayed" not in a.headers for a in answers if a.status_code == 201) == 1
    assert await count(runtime, "i-8") == (1, 1)


async def test_purge(client: httpx.AsyncClient, runtime: Runtime) -> None:
    await post(client, "key-9", thing_id="i-9")
    pool = runtime.database.pool
    await pool.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '8 days' WHERE key = 'key-9'"
    )
    assert await purge_idempotency_keys(runtime.database, 7) == 1
    assert await pool.fetchval("SELECT count(*) FROM idempotency_keys WHERE key = 'key-9'") == 0
