"""Signing in with an OpenID provider that is a process of its own: there, back, and everything that is not right."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import expect

from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from services.customers.app import service
from services.customers.oidc import OpenIdProvider
from services.kit.http.sessions import COOKIE
from tests.kit.web.browser import browsing, looking
from tests.kit.web.serving import served
from tests.services.customers.openid_provider import CLIENT, SECRET
from tests.services.customers.test_access import hire
from tests.services.harness import Installation, installation
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = "http://localhost:8000"
BACK = f"{HERE}/console/login/oidc/callback"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def issuer() -> AsyncIterator[str]:
    """Where the provider answers."""
    port = free_port()
    script = Path(__file__).with_name("openid_provider.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", str(script), str(port), stderr=asyncio.subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"

    async def answers() -> bool:
        assert process.returncode is None, "the provider has ended"
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{address}/jwks")).status_code == 200
        except httpx.TransportError:
            return False

    await until(answers)
    try:
        yield address
    finally:
        process.terminate()
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    issuer: str, postgres_server: LocalPostgres, tansu_server: TansuBroker
) -> AsyncIterator[Installation]:
    settings = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET,
                "oidc_name": "Blue Door", "public_url": HERE}  # fmt: skip
    async with installation(service, postgres_server, tansu_server, 1, **settings) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def window(running: Installation) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, as far as cookies go."""
    transport = httpx.ASGITransport(app=running.replicas[0].app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        yield client


async def somebody(
    running: Installation, issuer: str, *, verified: bool = True, role: str = "finance"
) -> str:
    """Enter a person here, and at the provider under the same name; return it."""
    login = await hire(running, role, email=f"{uuid.uuid4().hex[:8]}@blue-door.test")
    email = await running.replicas[0].runtime.database.pool.fetchval(
        "SELECT email FROM accounts WHERE login = $1", login
    )
    await claims(issuer, login, email=email.title(), email_verified=verified)
    return login


async def claims(issuer: str, sub: str, **said: object) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.put(f"{issuer}/users/{sub}", json=said)).status_code == 204


async def depart(window: httpx.AsyncClient, back: str = "/console/") -> str:
    answer = await window.get("/console/login/oidc", params={"next": back})
    assert answer.status_code == 303
    return answer.headers["location"]


async def agree(address: str, sub: str) -> str:
    """Sign in at the provider; return where it sends the browser."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(address, data={"sub": sub})
    assert answer.status_code == 302, answer.text
    place: str = answer.headers["location"]
    assert place.startswith(f"{BACK}?")
    return place


async def go(window: httpx.AsyncClient, sub: str, back: str = "/console/") -> httpx.Response:
    return await window.get(await agree(await depart(window, back), sub))


async def test_there_and_back(running: Installation, issuer: str, window: httpx.AsyncClient) -> None:
    login = await somebody(running, issuer)
    address = await depart(window, "/console/customers/list?q=tea")
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    answer = await window.get(await agree(address, login))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/customers/list?q=tea")
    current = (await window.get("/sessions/current")).json()
    assert (current["login"], current["role"], current["must_change"]) == (login, "finance", False)
    pool = running.replicas[0].runtime.database.pool
    actions = await pool.fetch("SELECT action FROM access_audit WHERE subject = $1 ORDER BY seq", login)
    assert [row["action"] for row in actions] == ["account.created", "account.linked", "login.succeeded"]
    assert await pool.fetchval("SELECT count(*) FROM oidc_logins") == 0
    # From now on the subject counts: another address at the provider is the same person.
    await claims(issuer, login, email="new@blue-door.test", email_verified=False)
    assert (await go(window, login)).headers["location"] == "/console/"


async def test_a_first_password_is_not_asked_for(
    running: Installation, issuer: str, window: httpx.AsyncClient
) -> None:
    login = await somebody(running, issuer)
    pool = running.replicas[0].runtime.database.pool
    await pool.execute("UPDATE accounts SET must_change = true WHERE login = $1", login)
    await go(window, login)
    assert (await window.get("/customers")).status_code == 200


async def test_nobody_who_is_not_entered(
    running: Installation, issuer: str, window: httpx.AsyncClient
) -> None:
    unverified = await somebody(running, issuer, verified=False)
    texted = await somebody(running, issuer)
    email = await running.replicas[0].runtime.database.pool.fetchval(
        "SELECT email FROM accounts WHERE login = $1", texted
    )
    await claims(issuer, texted, email=email, email_verified="false")
    disabled = await somebody(running, issuer)
    pool = running.replicas[0].runtime.database.pool
    await go(window, disabled)
    window.cookies.clear()
    await pool.execute("UPDATE accounts SET disabled = true WHERE login = $1", disabled)
    taken = await somebody(running, issuer)
    await go(window, taken)
    window.cookies.clear()
    thief = f"thief-{uuid.uuid4().hex[:6]}"
    await claims(
        issuer, thief, email_verified=True,
        email=await pool.fetchval("SELECT email FROM accounts WHERE login = $1", taken),
    )  # fmt: skip
    for sub in (f"stranger-{uuid.uuid4().hex[:6]}", unverified, texted, disabled, thief):
        answer = await go(window, sub)
        assert answer.headers["location"] == "/console/login?failed=unknown", sub
        assert COOKIE not in window.cookies, sub
    page = await window.get("/console/login?failed=unknown", headers={"Accept-Language": "en"})
    assert "You are not entered here" in page.text


@pytest.mark.parametrize(
    "how",
    ["nonce", "audience", "issuer", "expired", "access-token", "unsigned", "signature", "with-the-secret",
     "another-key"],
)  # fmt: skip
async def test_a_token_that_is_not_right_lets_nobody_in(
    running: Installation, issuer: str, window: httpx.AsyncClient, how: str
) -> None:
    login = await somebody(running, issuer)
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.put(f"{issuer}/forge/{how}")).status_code == 204
    answer = await go(window, login)
    assert answer.headers["location"] == "/console/login?failed=provider"
    assert COOKIE not in window.cookies
    assert (await go(window, login)).headers["location"] == "/console/", "the next is right"


async def test_what_comes_back_belongs_to_who_left(
    running: Installation, issuer: str, window: httpx.AsyncClient
) -> None:
    login = await somebody(running, issuer)
    pool = running.replicas[0].runtime.database.pool
    transport = httpx.ASGITransport(app=running.replicas[0].app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as victim:
        await depart(victim)
        place = await agree(await depart(window), login)
        refused = "/console/login?failed=provider"
        assert (await victim.get(place)).headers["location"] == refused, "a login that somebody else began"
        assert COOKIE not in victim.cookies
    assert (await window.get(f"{place}&iss=https://evil.test")).headers["location"] == refused
    await pool.execute("UPDATE oidc_logins SET verifier = verifier || 'x'")
    assert (await window.get(place)).headers["location"] == refused, "PKCE"
    place = await agree(await depart(window), login)
    assert (await window.get(place)).headers["location"] == "/console/"
    window.cookies.delete(COOKIE)
    assert (await window.get(place)).headers["location"] == refused, "twice"
    place = await agree(await depart(window), login)
    await pool.execute("UPDATE oidc_logins SET expires_at = now() - interval '1 second'")
    assert (await window.get(place)).headers["location"] == refused, "too late"
    for query in ("", "error=access_denied", "code=x", "state=x", "code=x&state=x"):
        assert (await window.get(f"/console/login/oidc/callback?{query}")).headers["location"] == refused
    assert COOKIE not in window.cookies


@pytest.mark.parametrize("back", ["https://evil.test/", "//evil.test", "/\\evil.test"])
async def test_it_leads_to_a_page_of_ours(
    running: Installation, issuer: str, window: httpx.AsyncClient, back: str
) -> None:
    login = await somebody(running, issuer)
    assert (await go(window, login, back)).headers["location"] == "/console/"


async def test_a_provider_that_is_down_is_said(
    running: Installation, window: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = running.replicas[0].app.state
    away = state.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})
    monkeypatch.setattr(state, "oidc", OpenIdProvider(away), raising=False)
    assert await depart(window) == "/console/login?failed=provider"


@pytest.mark.browser
async def test_in_a_browser(running: Installation, issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    login = await somebody(running, issuer)
    app = running.replicas[0].app
    async with browsing() as browser, served(app) as origin:
        here = app.state.settings.model_copy(update={"public_url": origin})
        monkeypatch.setattr(app.state, "oidc", OpenIdProvider(here), raising=False)
        async with looking(browser, origin, alone="customers") as looked:
            page = looked.page
            await looked.open("/console/login")
            await looked.check("sign in")
            await page.get_by_role("link", name="Sign in with Blue Door").click()
            await page.get_by_placeholder("sub").fill(login)
            await page.get_by_role("button", name="Authorize").click()
            await page.wait_for_url("**/console/")
            await expect(page.get_by_role("button", name=login)).to_be_visible()
