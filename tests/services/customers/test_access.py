"""People log in: sessions, fixation, CSRF, guessing, revocation, disabled people, and the audit's chain."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.customers import verify_access
from services.customers.accounts import create
from services.customers.rules.access import ABSOLUTE, IDLE, alive, wait_s
from services.customers.verify import verify
from services.kit.http.problems import Problem
from services.kit.http.sessions import KNOWN_FOR_S, SECURE_COOKIE, SERVICE_HEADER, RemoteSessions
from tests.services.harness import KEYS, SERVICE_KEY, Installation, bearer, problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse battery"


async def hire(running: Installation, role: str = "sales", **changes: Any) -> str:
    login = f"p-{uuid.uuid4().hex[:8]}"
    fields = {"login": login, "name": "李雷", "role": role, "salesperson_id": "S-1", "disabled": False,
              "must_change": False, "language": "zh", "theme": "system"} | changes  # fmt: skip
    async with running.replicas[0].runtime.database.unit_of_work() as unit:
        await create(unit.connection, fields, PASSWORD, "test", datetime.now(UTC))
    return login


def browser(running: Installation, address: str = "") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(
        app=running.replicas[0].app, client=(address or f"10.0.0.{uuid.uuid4().hex}", 1)
    )
    return httpx.AsyncClient(transport=transport, base_url="https://tallyman.test")


async def enter(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    response = await client.post("/sessions", json={"login": login, "password": password})
    if response.status_code == 201:
        client.headers["X-CSRF-Token"] = response.json()["csrf_token"]
    return response


async def test_a_session_is_new_at_login_and_what_the_browser_had_before_is_no_session(
    running: Installation,
) -> None:
    client, login = browser(running), await hire(running)
    client.cookies.set(SECURE_COOKIE, "planted", domain="tallyman.test")
    response = await enter(client, login)
    assert response.status_code == 201
    cookie = response.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("__host-", "httponly", "secure", "samesite=lax", "path=/"))
    first = response.cookies[SECURE_COOKIE]
    assert first != "planted"
    client.cookies.clear()
    client.cookies.set(SECURE_COOKIE, first)
    assert (await client.get("/customers")).status_code == 200
    second = (await enter(client, login)).cookies[SECURE_COOKIE]
    assert second != first
    problem(await browser(running).get("/customers", headers={"Cookie": f"{SECURE_COOKIE}={first}"}), 401)
    stored = await running.replicas[0].runtime.database.pool.fetchval(
        "SELECT string_agg(s::text, ' ') FROM sessions s"
    )
    assert second not in stored


async def test_an_unsafe_request_needs_the_token_and_the_same_site(running: Installation) -> None:
    client, login = browser(running), await hire(running, "manager")
    await enter(client, login)
    sent = {"salesperson_id": f"S-{login}", "name": "Han", "active_from": "2024-05-06"}
    assert (await client.post("/staff", json=sent)).status_code == 201
    for headers in (
        {"X-CSRF-Token": "wrong"},
        {"Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        problem(await client.post("/staff", json=sent, headers=headers), 403)
    problem(await client.post("/sessions", json={"login": login, "password": PASSWORD},
                              headers={"Origin": "https://evil.test"}), 403)  # fmt: skip


async def test_guessing_is_slowed_down_alike_for_names_that_exist_and_that_do_not(
    running: Installation,
) -> None:
    known, unknown = await hire(running), f"nobody-{uuid.uuid4().hex[:6]}"
    answers = []
    for login in (known, unknown):
        client = browser(running)
        found = [await enter(client, login, "wrong") for _ in range(7)]
        answers.append([(r.status_code, r.json()["detail"]) for r in found[:6]])
        assert [r.status_code for r in found] == [401] * 6 + [429]
        assert int(found[-1].headers["retry-after"]) >= 1
    assert answers[0] == answers[1]
    # Neither another address nor the right password helps while the account waits.
    problem(await enter(browser(running), known), 429)


async def test_a_disabled_person_and_a_changed_role_end_the_sessions(running: Installation) -> None:
    admin, client = browser(running), browser(running)
    await enter(admin, await hire(running, "admin"))
    login = await hire(running)
    await enter(client, login)
    problem(await client.get("/people"), 403)
    change = {"name": "Li", "role": "finance"}
    assert (await admin.put(f"/people/{login}", json=change)).json()["role"] == "finance"
    problem(await client.get("/customers"), 401)
    assert (await enter(client, login)).status_code == 201
    assert (await admin.put(f"/people/{login}", json=change | {"disabled": True})).status_code == 200
    problem(await client.get("/customers"), 401)
    assert problem(await enter(client, login), 401)["detail"].startswith("this login name")


async def test_a_first_password_is_changed_first_and_that_ends_other_sessions(running: Installation) -> None:
    login = await hire(running, must_change=True)
    client, other = browser(running), browser(running)
    await enter(client, login)
    await enter(other, login)
    problem(await client.get("/customers"), 403)
    problem(await client.put("/people/me/password", json={"old": PASSWORD, "new": "short"}), 422)
    changed = {"old": PASSWORD, "new": PASSWORD + "!"}
    assert (await client.put("/people/me/password", json=changed)).status_code == 204
    assert (await client.get("/customers")).status_code == 200
    problem(await other.get("/customers"), 401)


async def test_another_service_notices_a_revocation_within_five_seconds(running: Installation) -> None:
    client, login = browser(running), await hire(running)
    token = (await enter(client, login)).cookies[SECURE_COOKIE]
    seconds = [0.0]
    transport = httpx.ASGITransport(app=running.replicas[0].app)
    remote = RemoteSessions("http://customers", SERVICE_KEY, transport, lambda: seconds[0])
    found = await remote.verify(token)
    assert found is not None
    assert (found.login, found.role, found.staff_id) == (login, "sales", "S-1")
    assert (await client.delete("/sessions/current")).status_code == 204
    problem(await client.get("/customers"), 401)
    seconds[0] = KNOWN_FOR_S
    assert await remote.verify(token) is None
    down = RemoteSessions("http://127.0.0.1:9", SERVICE_KEY)
    with pytest.raises(Problem) as caught:
        await down.verify(token)
    assert caught.value.status == 503
    for shown in ({}, bearer("system"), {SERVICE_HEADER: KEYS["system"]}):
        asked = await browser(running).post("/sessions/introspection", json={"token": token}, headers=shown)
        problem(asked, 401)


async def test_the_audit_says_who_did_what_and_a_change_of_it_is_found(running: Installation) -> None:
    admin, login = browser(running), await hire(running)
    await enter(admin, await hire(running, "admin"))
    await enter(browser(running), login, "wrong")
    found = (await admin.get("/people/audit", params={"subject": login})).json()["items"]
    assert {entry["action"] for entry in found} == {"account.created", "login.failed"}
    assert "argon2" not in str(found)
    database = running.replicas[0].runtime.database
    assert not (await verify(database))[verify_access.CHAIN]
    await database.pool.execute(
        "UPDATE access_audit SET by = 'x' WHERE subject = $1 AND action = 'login.failed'", login
    )
    assert (await verify(database))[verify_access.CHAIN]


async def test_waiting_doubles_and_sessions_end() -> None:
    assert [wait_s(count, 5) for count in (5, 6, 7, 100)] == [0, 2, 4, 900]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert alive(start, start, start + IDLE - timedelta(seconds=1))
    assert not alive(start, start, start + IDLE)
    assert not alive(start, start + ABSOLUTE - IDLE / 2, start + ABSOLUTE)


async def test_without_a_provider_there_is_no_way_to_one(running: Installation) -> None:
    client = browser(running)
    await hire(running)
    assert (await client.get("/console/login/oidc")).status_code == 404
    assert (await client.get("/console/login/oidc/callback?code=x&state=x")).status_code == 404
    assert "/console/login/oidc" not in (await client.get("/console/login")).text
