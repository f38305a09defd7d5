"""Who gets in."""

import logging
import time
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI, Request

from services.kit.errors import FatalError
from services.kit.http.auth import Authenticator, Principal, still_known
from services.kit.http.problems import Problem
from services.kit.http.sessions import COOKIE, Session
from services.kit.settings import Settings
from tests.kit.http.conftest import JWT_SECRET, KEYS, bearer

pytestmark = pytest.mark.asyncio(loop_scope="session")
THING = {"name": "a thing", "size": 3}


def token(secret: str = JWT_SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {"sub": "li.wei", "role": "sales", "exp": time.time() + 60} | changes
    return jwt.encode({k: v for k, v in claims.items() if v is not None}, secret, algorithm)


async def read(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.get("/things", headers=headers)


async def write(client: httpx.AsyncClient, thing_id: str, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/things", json=THING | {"thing_id": thing_id}, headers=headers)


async def test_keys_in_either_header(client: httpx.AsyncClient) -> None:
    assert (await read(client, bearer("finance"))).status_code == 200
    assert (await read(client, {"X-API-Key": KEYS["finance"]})).status_code == 200
    response = await write(client, "auth-1", {"X-API-Key": KEYS["sales"]})
    assert response.json()["by"] == "sales-person"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic c2FsZXM6eA=="},
        {"Authorization": f"Basic {KEYS['sales']}"},
        {"Authorization": f"Bearer {KEYS['sales']}x"},
        {"Authorization": f"Bearer {KEYS['sales'][:-1]}"},
        {"Authorization": f"Bearer {KEYS['sales']}", "X-API-Key": KEYS["sales"]},
        {"X-API-Key": "not-a-key"},
        {"X-API-Key": token()[:-3]},
    ],
)
async def test_without_a_valid_key(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await read(client, headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Bearer realm="tallyman"')
    assert response.headers["content-type"] == "application/problem+json"


async def test_the_role_decides(client: httpx.AsyncClient) -> None:
    for role, status in (("sales", 201), ("manager", 201), ("finance", 403), ("ops", 403), ("system", 403)):
        response = await write(client, f"role-{role}", bearer(role))
        assert response.status_code == status, response.text
    assert response.json()["detail"] == "this needs the role sales or manager; system-person has system"


async def test_tokens(client: httpx.AsyncClient) -> None:
    response = await write(client, "token-1", {"Authorization": f"Bearer {token()}"})
    assert response.json()["by"] == "li.wei"
    skewed = token(exp=time.time() - 5)
    assert (await read(client, {"Authorization": f"Bearer {skewed}"})).status_code == 200


@pytest.mark.parametrize(
    "bad",
    [
        token(exp=time.time() - 120),
        token(exp=None),
        token(sub=None),
        token(role=None),
        token(role="root"),
        token(role=["sales"]),
        token(sub=""),
        token(sub="x" * 65),
        token(sub="two\nlines"),
        token(nbf=time.time() + 3600),
        token(aud="somebody else"),
        token("another-secret-of-at-least-32-characters"),
        token(algorithm="HS512", secret=JWT_SECRET * 2),
        jwt.encode({"sub": "li", "role": "sales", "exp": time.time() + 60}, "", "none"),
        "a.b.c",
    ],
)
async def test_tokens_that_are_not_valid(client: httpx.AsyncClient, bad: str) -> None:
    response = await read(client, {"Authorization": f"Bearer {bad}"})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


class Accounts:
    """Sessions whose person is somebody else by now."""

    def __init__(self, session: Session | None) -> None:
        self._session = session

    async def verify(self, _: str) -> Session | None:
        return self._session


def stream(settings: Settings, sessions: Accounts, **state: Any) -> Request:
    app = FastAPI()
    app.state.authenticator, app.state.sessions = Authenticator(settings), sessions
    headers = [(b"host", b"localhost"), (b"cookie", f"{COOKIE}=a-token".encode())]
    return Request(
        {"type": "http", "scheme": "http", "path": "/", "headers": headers, "app": app, "state": state}
    )


async def test_a_stream_ends_with_its_token(settings: Settings) -> None:
    principal, nobody = Principal("li.wei", "sales"), Accounts(None)
    assert await still_known(stream(settings, nobody, credential=token()), principal)
    assert not await still_known(stream(settings, nobody, credential=token(role="finance")), principal)
    with pytest.raises(Problem, match="not valid"):
        await still_known(stream(settings, nobody, credential=token(exp=time.time() - 120)), principal)


async def test_a_stream_ends_when_its_reader_becomes_another_salesperson(settings: Settings) -> None:
    principal = Principal("li.wei", "sales", "S-1", "id")
    for staff_id, known in (("S-1", True), ("S-2", False), (None, False)):
        session = Session("id", "li.wei", "sales", staff_id, False)
        assert await still_known(stream(settings, Accounts(session)), principal) is known


def changed(settings: Settings, **values: Any) -> Settings:
    plain = {"api_keys": "", "jwt_secret": "", "database_url": settings.database_url}
    return Settings.model_validate(plain | values)


async def test_settings_that_are_not_safe(settings: Settings) -> None:
    for keys, words in (
        ("short:sales", "entry 1 .* at least 16"),
        ("a-long-enough-key-1:sales,a-long-enough-key-2:boss", "entry 2 .* role of admin, finance, manager"),
        ("a-long-enough-key-1", "entry 1 .* key:role"),
        ("a-long-enough-key-1:sales,a-long-enough-key-1:ops", "one key twice"),
        (f"a-long-enough-key-1:sales:{'x' * 65}", "name in entry 1"),
    ):
        with pytest.raises(FatalError, match=words) as refused:
            Authenticator(changed(settings, api_keys=keys))
        assert "a-long-enough" not in str(refused.value)
    with pytest.raises(FatalError, match="at least 32"):
        Authenticator(changed(settings, jwt_secret="short"))


async def test_anonymous_only_when_it_is_set(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        closed = Authenticator(changed(settings))
        closed.warn()
        assert not caplog.text
        opened = Authenticator(changed(settings, allow_anonymous=True))
        opened.warn()
        assert "For local trials only" in caplog.text
    with pytest.raises(Problem):
        closed.principal(None)
    assert opened.principal(None) == Principal("anonymous", "all")
    with pytest.raises(Problem):
        opened.principal("a key that is not known")
