"""Poison on the broker becomes a dead letter that people can look at, repair, retry and discard."""

import asyncio
import base64
import json
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from contracts.codec import encode, new_event
from contracts.events.products import ProductCreated
from services.kit import metrics
from services.kit.dead_letter_admin import Filter, list_dead_letters, show_dead_letter
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.kit.http.conftest import bearer
from tests.kit.http.demo import Applied
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
URL = "/demo/dead-letters"


def product(name: str, event_id: str) -> dict[str, Any]:
    data = ProductCreated(product_id="d-1", name=name, category="demo", currency="CNY")
    event = new_event(
        data, id=event_id, occurred_at=datetime(2026, 3, 1, tzinfo=UTC), key="d-1", producer="erp"
    )
    decoded: dict[str, Any] = json.loads(encode(event))
    return decoded


async def set_aside(settings: Settings, runtime: Runtime, value: bytes | None, **more: Any) -> int:
    """Publish a record that cannot be applied and return the number of its dead letter."""
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        arguments = {"key": b"d-1", "partition": 1, "headers": [("id", b"x"), ("from", b"erp\xff")]} | more
        sent = await producer.send_and_wait(settings.topic("products"), value, **arguments)

    async def recorded() -> bool:
        return await find() is not None

    async def find() -> int | None:
        found: int | None = await runtime.database.pool.fetchval(
            'SELECT id FROM dead_letters WHERE partition = $1 AND "offset" = $2', sent.partition, sent.offset
        )
        return found

    await until(recorded)
    number = await find()
    assert number is not None
    return number


async def call(
    client: httpx.AsyncClient, path: str, body: Any = None, status: int = 200, role: str = "ops"
) -> Any:
    if body is None:
        response = await client.get(f"{URL}{path}", headers=bearer(role))
    else:
        response = await client.post(f"{URL}{path}", json=body or None, headers=bearer(role))
    assert response.status_code == status, response.text
    return response.json()


async def test_list_and_show(client: httpx.AsyncClient, runtime: Runtime, settings: Settings) -> None:
    number = await set_aside(settings, runtime, b'{"id": "\xff')
    page = await call(client, "?topic=products&limit=500")
    (letter,) = [item for item in page["items"] if item["id"] == number]
    assert (letter["topic"], letter["partition"], letter["key"]) == ("products", 1, "d-1")
    assert (letter["state"], letter["size_bytes"]) == ("open", 9)
    shown = await call(client, f"/{number}")
    assert shown["text"] == '{"id": "\\xff'
    assert base64.b64decode(shown["value_base64"]) == b'{"id": "\xff'
    assert shown["headers"] == [["id", "x"], ["from", "erp\\xff"]]
    assert shown["event"] is None
    assert shown["problem"]
    assert (await call(client, "?since=2999-01-01T00:00:00Z"))["items"] == []
    await call(client, "?since=yesterday", status=422)


async def test_repair_and_retry(
    client: httpx.AsyncClient, runtime: Runtime, settings: Settings, applied: Applied
) -> None:
    event = product("mended", f"e-{uuid.uuid4().hex}")
    number = await set_aside(settings, runtime, json.dumps(event | {"type": "product.unknown"}).encode())
    refusal = await call(client, f"/{number}/retry", {}, 422)
    assert refusal["errors"][0]["field"] == "type"
    assert (await call(client, f"/{number}"))["summary"]["state"] == "open"
    done = await call(client, f"/{number}/retry", {"event": event})
    assert (done["state"], done["resolved_by"]) == ("retried", "ops-person")

    async def consumed() -> bool:
        return any(received.event.id == event["id"] for received in applied.events)

    await until(consumed)
    (received,) = [received for received in applied.events if received.event.id == event["id"]]
    assert received.record.partition == 1
    assert received.record.key == b"d-1"
    assert dict(received.record.headers) == {"id": event["id"].encode(), "from": b"erp\xff"}
    again = await call(client, f"/{number}/retry", {"event": event}, 409)
    assert again["detail"] == f"dead letter {number} was retried by ops-person"


async def test_what_is_refused_by_the_handler_can_be_retried(
    client: httpx.AsyncClient, runtime: Runtime, settings: Settings
) -> None:
    number = await set_aside(settings, runtime, json.dumps(product("refuse me", "e-refused")).encode())
    shown = await call(client, f"/{number}")
    assert (shown["summary"]["field"], shown["summary"]["reason"]) == ("data.name", "is refused by the demo")
    assert shown["problem"] is None
    assert shown["event"]["data"]["name"] == "refuse me"
    await call(client, f"/{number}/retry", {})

    async def refused_again() -> bool:
        letters = await list_dead_letters(runtime.database, Filter("open"), limit=500)
        return any(letter.reason == "is refused by the demo" for letter in letters)

    await until(refused_again)


async def test_ways_to_say_it_wrong(client: httpx.AsyncClient, runtime: Runtime, settings: Settings) -> None:
    number = await set_aside(settings, runtime, None)
    assert (await show_dead_letter(runtime.database, number)).value is None
    for body in (
        {"event": {"id": "x"}},
        {"value_base64": "!!"},
        {"value_base64": "e30=", "event": {}},
        {"value": "e30="},
        {"event": product("other topic", "e-1") | {"type": "order.placed"}},
    ):
        await call(client, f"/{number}/retry", body, 422)
    for path in ("/0", f"/{2**64}", "/abc"):
        await call(client, path, status=422)
    await call(client, f"/{2**62}", status=404)
    await call(client, f"/{2**62}/discard", {}, 404)
    done = await call(client, f"/{number}/retry", {"force": True})
    assert done["state"] == "retried"


async def test_discard_and_gauge(client: httpx.AsyncClient, runtime: Runtime, settings: Settings) -> None:
    number = await set_aside(settings, runtime, b"[]")
    assert (await call(client, f"/{number}/discard", {}))["state"] == "discarded"
    await call(client, f"/{number}/discard", {}, 409)
    assert number in [item["id"] for item in (await call(client, "?state=discarded&limit=500"))["items"]]

    async def measured() -> bool:
        open_ = await runtime.database.pool.fetchval("SELECT count(*) FROM dead_letters WHERE state = 'open'")
        return bool(metrics.DEAD_LETTERS_OPEN.labels("demo")._value.get() == open_)

    await until(measured)


async def test_retry_many(client: httpx.AsyncClient, runtime: Runtime, settings: Settings) -> None:
    good = await set_aside(settings, runtime, json.dumps(product("refuse me", "e-many")).encode())
    bad = await set_aside(settings, runtime, b"never")
    done = await call(client, "/retry", {"topic": "products"})
    assert good in done["retried"]
    assert str(bad) in done["refused"]
    assert (await call(client, f"/{bad}"))["summary"]["state"] == "open"


async def test_two_operators_at_once_publish_once(
    client: httpx.AsyncClient, runtime: Runtime, settings: Settings
) -> None:
    number = await set_aside(settings, runtime, b"{}")
    path = f"{URL}/{number}/discard"
    answers = await asyncio.gather(*(client.post(path, headers=bearer("ops")) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_only_operations(client: httpx.AsyncClient) -> None:
    for role in ("sales", "finance", "manager", "system"):
        for path, body in (("", None), ("/1", None), ("/1/retry", {}), ("/1/discard", {}), ("/retry", {})):
            await call(client, path, body, 403, role)
    assert (await client.get(URL)).status_code == 401
