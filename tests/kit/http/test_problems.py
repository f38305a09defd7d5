"""Bad requests and failures of ours: each a problem, none an internal."""

import json
from typing import Any

import httpx
import pytest

from tests.kit.http.conftest import bearer

pytestmark = pytest.mark.asyncio(loop_scope="session")
GOOD: dict[str, Any] = {"thing_id": "t-1", "name": "a thing", "size": 3}


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["trace_id"] == response.headers["traceparent"][3:35]
    return body


async def post(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    sent = {"Content-Type": "application/json", **bearer("sales"), **headers}
    return await client.post("/things", content=content, headers=sent)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not JSON"),
        (b'{"thing_id": "x" "name": 1}', "line 1 column 18"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"name": "\xff"}', "not UTF-8: byte 10"),
        ('{"name": "x"}'.encode("utf-16"), "not UTF-8"),
        (b'{"size": NaN}', "NaN is not a JSON number"),
        (b'{"size": -Infinity}', "-Infinity"),
        (b'{"size": 1e400}', "1e400 is too large"),
        (b'{"size": ' + b"9" * 5000 + b"}", "too large for a number"),
        (b'{"size": 1, "size": 2}', "'size' twice"),
        (b'{"a": {"b": 1, "b": 1}}', "'b' twice"),
        (b'{"name": "a\\u0000b"}', "U+0000"),
        (b'{"a\\u0000b": 1}', "U+0000"),
        (b'{"name": "a\x00b"}', "not JSON"),
        (b'{"name": ["x", "\\ud800"]}', "surrogate"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
async def test_what_is_no_clean_json(client: httpx.AsyncClient, content: bytes, words: str) -> None:
    assert words in problem(await post(client, content), 400)["detail"]


async def test_the_field_with_a_bad_character_is_named(client: httpx.AsyncClient) -> None:
    body = problem(await post(client, b'{"list": [{"name": "a\\u0000b"}]}'), 400)
    assert body["errors"] == [{"field": "list.0.name", "reason": "has the character U+0000"}]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"size": "3"}, "size", "valid integer (given: '3')"),
        ({"size": True}, "size", "valid integer"),
        ({"size": -1}, "size", "greater than or equal to 0 (given: -1)"),
        ({"price": "1e9"}, "price", 'must be a decimal string such as "1234.50"'),
        ({"price": "１２"}, "price", "must be a decimal string"),
        ({"price": 5}, "price", "valid string"),
        ({"thing_id": "with space"}, "thing_id", "visible ASCII"),
        ({"role": "manager"}, "role", "is not known here"),
        ({"name": None}, "name", "valid string"),
        ({"name": "x" * 60}, "name", "at most 50 characters"),
    ],
)
async def test_fields_that_are_not_valid(
    client: httpx.AsyncClient, change: dict[str, Any], field: str, words: str
) -> None:
    body = problem(await post(client, json.dumps(GOOD | change).encode()), 422)
    assert [error["field"] for error in body["errors"]] == [field]
    assert words in body["errors"][0]["reason"]
    assert len(body["errors"][0]["reason"]) < 200


async def test_all_wrong_fields_at_once(client: httpx.AsyncClient) -> None:
    body = problem(await post(client, b'{"size": -1, "extra": 1}'), 422)
    assert {error["field"] for error in body["errors"]} == {"thing_id", "name", "size", "extra"}


async def test_wrong_kinds_of_body(client: httpx.AsyncClient) -> None:
    good = json.dumps(GOOD).encode()
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=gbk"},
        {"Content-Encoding": "gzip"},
    ):
        problem(await post(client, good, **headers), 415)
    response = await client.post("/things", content=good, headers=bearer("sales"))
    assert "without a Content-Type" in problem(response, 415)["detail"]
    problem(await post(client, b""), 422)


async def test_large_bodies_with_and_without_a_length(client: httpx.AsyncClient) -> None:
    async def pieces() -> Any:
        for _ in range(40):
            yield b" " * 50_000

    assert "1000000 bytes" in problem(await post(client, b" " * 10_000_000), 413)["detail"]
    headers = {"Content-Type": "application/json", **bearer("sales")}
    problem(await client.post("/things", content=pieces(), headers=headers), 413)


async def test_addresses_that_lead_nowhere(client: httpx.AsyncClient) -> None:
    problem(await client.get("/nowhere"), 404)
    response = await client.patch("/things", headers=bearer("sales"))
    assert problem(response, 405)["detail"] == "this address takes GET, POST, not PATCH"
    assert response.headers["allow"] == "GET, POST"
    problem(await client.get("/things/a%00b", headers=bearer("sales")), 400)
    problem(await client.get("/things?name=a%00b", headers=bearer("sales")), 400)
    problem(await client.get("/things/no-such-thing", headers=bearer("sales")), 404)


async def test_failures_of_ours(client: httpx.AsyncClient) -> None:
    body = problem(await client.get("/things/x/failures/contract"), 422)
    assert body["errors"] == [{"field": "size", "reason": "is too large"}]
    body = problem(await client.get("/things/x/failures/conflict"), 409)
    assert body["errors"] == [{"field": "thing_id", "reason": "is taken"}]
    body = problem(await client.get("/things/x/failures/known"), 409)
    assert body["errors"] == [{"field": "thing_id", "reason": "is known with another body"}]
    assert (await client.get("/things/x/failures/busy")).headers["retry-after"] == "7"
    problem(await client.get("/things/x/failures/text"), 400)
    response = await client.get("/things/x/failures/bug")
    assert "hunter2" not in response.text
    assert "ours" in problem(response, 500)["detail"]


async def test_a_lost_database_connection_asks_to_try_again(client: httpx.AsyncClient) -> None:
    response = await client.get("/things/x/failures/database")
    assert "same Idempotency-Key" in problem(response, 503)["detail"]
    assert response.headers["retry-after"] == "2"
    assert (await client.get("/things", headers=bearer("sales"))).status_code == 200


async def test_safe_headers_and_traces(client: httpx.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    response = await client.get("/nowhere", headers={"traceparent": trace})
    assert response.headers["traceparent"][:36] == trace[:36]
    assert response.headers["traceparent"][36:52] != trace[36:52]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    for invalid in ("", "nonsense", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "ff" + trace[2:]):
        other = (await client.get("/nowhere", headers={"traceparent": invalid})).headers["traceparent"]
        assert other[3:35] not in (trace[3:35], "0" * 32)
