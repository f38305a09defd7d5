"""API keys that the customers service keeps: taken by every service, until they are revoked or have expired."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.customers.access import LocalSessions
from services.customers.keys import create
from services.kit.http.sessions import KNOWN_FOR_S, SECURE_COOKIE, RemoteSessions
from services.orders.app import service as orders
from tests.kit.web.serving import served
from tests.services.customers.helpers import enter as enter_customer
from tests.services.customers.test_access import browser, enter, hire
from tests.services.harness import SERVICE_KEY, Installation, bearer, installation, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def admin_of(running: Installation) -> httpx.AsyncClient:
    client = browser(running)
    await enter(client, await hire(running, "admin"))
    return client


async def made(admin: httpx.AsyncClient, role: str = "finance", **changes: Any) -> tuple[str, str, str]:
    name = f"till-{uuid.uuid4().hex[:8]}"
    answer = await admin.post("/api-keys", json={"name": name, "role": role} | changes)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return changes.get("name", name), answer.json()["key_id"], answer.json()["key"]


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


async def asked(running: Installation, key: str, path: str = "/customers") -> int:
    return (await browser(running).get(path, headers=with_key(key))).status_code


async def test_a_key_is_shown_once_used_and_revoked(running: Installation) -> None:
    admin = await admin_of(running)
    name, key_id, key = await made(admin)
    assert key.startswith(f"{key_id}_")
    assert await asked(running, key) == 200
    assert await asked(running, key, "/people") == 403, "its role is finance"
    bearing = await browser(running).get("/customers", headers={"Authorization": f"Bearer {key}"})
    assert bearing.status_code == 200
    assert await asked(running, key[:-1]) == 401
    assert await asked(running, key + "x" * 200) == 401
    assert await asked(running, key_id) == 401, "what is shown is no key"
    [shown] = (await admin.get("/api-keys", params={"q": key_id})).json()["items"]
    assert (shown["name"], shown["role"], shown["state"]) == (name, "finance", "active")
    assert shown["last_used_at"] is not None
    assert key not in str(shown)
    pool = running.replicas[0].runtime.database.pool
    stored = await pool.fetchval("SELECT string_agg(k::text, ' ') FROM api_keys k")
    assert key not in stored
    assert (await admin.delete(f"/api-keys/{key_id}")).status_code == 204
    assert await asked(running, key) == 401
    assert (await admin.delete(f"/api-keys/{key_id}")).status_code == 204, "stays so"
    problem(await admin.delete("/api-keys/tmk_nothing"), 404)
    steps = (await admin.get("/people/audit", params={"subject": key_id})).json()["items"]
    assert [step["action"] for step in steps] == ["key.created", "key.revoked"]
    assert key not in str(steps)


async def test_what_is_done_with_it_has_its_name(running: Installation) -> None:
    name, _, key = await made(await admin_of(running), "manager")
    customer = await enter_customer(running)
    sent = {"reason": "does not pay"}
    path = f"/customers/{customer}/blacklist"
    answer = await browser(running).post(path, json=sent, headers=with_key(key))
    assert answer.status_code in (200, 201), answer.text
    changes = await running.client.get(f"/customers/{customer}/changes")
    assert name in {change["by"] for change in changes.json()["items"]}


async def test_a_salespersons_key_sees_own_customers_only(running: Installation) -> None:
    seller = f"S-{uuid.uuid4().hex[:6]}"
    _, _, key = await made(await admin_of(running), "sales", name=seller)
    customer = await enter_customer(running)
    assert await asked(running, key, f"/customers/{customer}") == 404


async def test_names_roles_and_days_that_are_refused(running: Installation) -> None:
    admin = await admin_of(running)
    name, key_id, _ = await made(admin)
    for changes, status, field in (
        ({"name": name}, 409, "name"),
        ({"name": await hire(running)}, 409, "name"),
        ({"role": "admin"}, 422, "role"),
        ({"name": ""}, 422, "name"),
        ({"name": "x" * 65}, 422, "name"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"),
        ({"expires_at": "2040-01-01T00:00:00"}, 422, "expires_at"),
    ):
        sent = {"name": f"n-{uuid.uuid4().hex[:6]}", "role": "ops"} | changes
        answer = await admin.post("/api-keys", json=sent)
        assert field in str(problem(answer, status)["errors"]), sent
    await admin.delete(f"/api-keys/{key_id}")
    await made(admin, name=name)  # A name is free again once its key is revoked.
    for role in ("manager", "system"):
        problem(await running.client.get("/api-keys", headers=bearer(role)), 403)


async def test_it_expires(running: Installation) -> None:
    database, now = running.replicas[0].runtime.database, datetime.now(UTC)
    async with database.unit_of_work() as unit:
        name = f"old-{uuid.uuid4().hex[:6]}"
        before, end = now - timedelta(days=2), now - timedelta(seconds=1)
        key_id, key = await create(unit.connection, name, "ops", end, "test", before)
    assert await asked(running, key) == 401
    admin = await admin_of(running)
    [shown] = (await admin.get("/api-keys", params={"state": "expired", "q": key_id})).json()["items"]
    assert shown["state"] == "expired"


async def test_a_key_is_no_session_and_a_session_no_key(running: Installation) -> None:
    admin = await admin_of(running)
    _, _, key = await made(admin, "manager")
    problem(await browser(running).get("/customers", headers={"Cookie": f"{SECURE_COOKIE}={key}"}), 401)
    token = admin.cookies[SECURE_COOKIE]
    assert await asked(running, token) == 401
    local = LocalSessions(running.replicas[0].runtime)
    remote = RemoteSessions("http://c", SERVICE_KEY, httpx.ASGITransport(app=running.replicas[0].app))
    for verifier in (local, remote):
        assert await verifier.verify(key) is None
        assert await verifier.verify_key(token) is None
        found = await verifier.verify_key(key)
        assert found is not None
        assert found.role == "manager"
    await remote.close()


async def test_another_service_takes_it_and_notices_its_end(
    running: Installation, postgres_server: LocalPostgres, tansu_server: TansuBroker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    admin = await admin_of(running)
    _, key_id, key = await made(admin, "manager")
    async with served(running.replicas[0].app) as origin:
        told: dict[str, Any] = {"customers_url": origin, "customers_key": SERVICE_KEY}
        async with installation(orders, postgres_server, tansu_server, **told) as other:
            assert await asked(other, key, "/orders") == 200
            assert await asked(other, key + "x", "/orders") == 401
            assert (await admin.delete(f"/api-keys/{key_id}")).status_code == 204
            remote: RemoteSessions = other.replicas[0].app.state.sessions
            now = remote._now
            monkeypatch.setattr(remote, "_now", lambda: now() + KNOWN_FOR_S)
            assert await asked(other, key, "/orders") == 401
    problem(await browser(running).get("/customers", headers=with_key("tmk_")), 401)
