"""Every route of the OpenAPI documents, in every role, about the caller's own customer and about somebody else's.

A new route is in it by being in the document. If its parameters are not in the registry (known.py), the test says so.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getclosurevars
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from services.kit.http.dead_letters import dead_letter_router
from services.kit.http.scope import Scope
from tests.services.harness import KEYS, Installation, bearer
from tests.services.scope.known import BODIES, NARROWING, PATH, QUERY, REFUSED, VACUOUS, WHOSE, filled

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNSCOPED = {"/live", "/ready", "/metrics"}
"""Of the process, not of the service."""


@dataclass(frozen=True)
class Asked:
    """A route of the document with what it declares."""

    method: str
    path: str
    operation: dict[str, Any]
    kind: str
    roles: frozenset[str]
    public: bool

    def parameters(self, place: str) -> Iterator[dict[str, Any]]:
        """Return its parameters in the path or the query."""
        yield from (p for p in self.operation.get("parameters", []) if p["in"] == place)

    def addresses(self, whose: str) -> Iterator[str]:
        """Return the addresses to ask: plain, as a file, and narrowed to one side by each parameter that can."""
        path = self.path
        for parameter in self.parameters("path"):
            path = path.replace(f"{{{parameter['name']}}}", quote(_value(PATH, parameter, self, whose)))
        needed = {
            p["name"]: _value(QUERY, p, self, whose) for p in self.parameters("query") if p.get("required")
        }
        names = {p["name"]: p for p in self.parameters("query")}
        choices: list[dict[str, str]] = [{}]
        if "format" in names:
            choices += [{"format": form} for form in names["format"]["schema"].get("enum", [])]
        choices += [{name: filled(NARROWING[name], whose)} for name in names if name in NARROWING]
        for chosen in choices:
            query = urlencode(needed | chosen)
            yield f"{path}?{query}" if query else path

    def forms(self) -> list[str]:
        """Return the media types it can answer with."""
        return list(self.operation["responses"].get("200", {}).get("content", {})) or ["application/json"]


def _value(known: dict[str, str], parameter: dict[str, Any], asked: Asked, whose: str) -> str:
    if parameter["name"] not in known:
        pytest.fail(
            f"{asked.method} {asked.path} has the {parameter['in']} parameter {parameter['name']!r}, which "
            "tests/services/scope/known.py does not know: enter a value of each side there"
        )
    value: str = filled(known[parameter["name"]], whose)
    return value


def _calls(dependant: Dependant) -> Iterator[Any]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def _routes(running: Installation) -> dict[tuple[str, str], APIRoute]:
    service = running.replicas[0].runtime.service
    found = {}
    for router in (*service.routers, dead_letter_router(service.name)):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                found[method.lower(), route.path_format] = route
    return found


def everything(running: Installation) -> list[Asked]:
    """Return every route of the document; reading first, so that writing disturbs nothing."""
    routes, found = _routes(running), []
    for path, operations in running.replicas[0].app.openapi()["paths"].items():
        for method, operation in operations.items():
            if path in UNSCOPED:
                continue
            calls = list(_calls(routes[method, path].dependant))
            [kind] = [call.kind for call in calls if isinstance(call, Scope)]
            named = [
                getclosurevars(c).nonlocals["roles"]
                for c in calls
                if "require." in getattr(c, "__qualname__", "")
            ]
            roles = frozenset(KEYS)
            for some in named:
                roles &= frozenset(some or KEYS)
            found.append(Asked(method, path, operation, kind, roles, not named))
    return sorted(found, key=lambda asked: (asked.method != "get", asked.path))


async def ask(
    running: Installation, asked: Asked, address: str, headers: dict[str, str], whose: str
) -> httpx.Response:
    """Ask once; of a stream, what it says in the first moment."""
    if "text/event-stream" in asked.forms():
        return await _first_words(running, address, headers)
    sent = None if asked.method == "get" else filled(BODIES.get((asked.method, asked.path), {}), whose)
    return await running.client.request(asked.method, address, headers=headers, json=sent)


async def _first_words(running: Installation, address: str, headers: dict[str, str]) -> httpx.Response:
    path, _, query = address.partition("?")
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "server": ("test", 80),
        "client": ("test", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await asyncio.wait_for(running.replicas[0].app(scope, receive, send), 10)
    content = b"".join(message.get("body", b"") for message in told)
    return httpx.Response(told[0]["status"], content=content)


async def test_nobody_unknown_gets_in(running: Installation) -> None:
    for asked in everything(running):
        if not asked.public:
            answer = await ask(running, asked, next(asked.addresses("MINE")), {"Authorization": ""}, "MINE")
            assert answer.status_code == 401, (asked.method, asked.path, answer.text)


async def test_every_route_in_every_role_about_own_and_foreign(running: Installation) -> None:
    wrong: list[str] = []
    for asked in everything(running):
        for role in KEYS:
            for whose in WHOSE:
                for address in asked.addresses(whose):
                    for form in asked.forms():
                        headers = {**bearer(role), "Accept": form}
                        answer = await ask(running, asked, address, headers, whose)
                        if problem := _wrong(asked, role, whose, answer):
                            wrong.append(f"{role} {asked.method} {address} ({form}): {problem}")
    assert not wrong, "\n".join(wrong)


def _wrong(asked: Asked, role: str, whose: str, answer: httpx.Response) -> str | None:
    """Return what is wrong with an answer, by the roles and the scope that the route declares."""
    status = answer.status_code
    own_only = role == "sales"
    alert = "{alert_id}" in asked.path and role in asked.roles
    if status >= 500 or status == 401:
        return f"{status} {answer.text[:200]}"
    if own_only and asked.kind == "one" and whose == "THEIRS":
        return None if status == 404 else f"{status}, 404 expected"
    if own_only and alert and whose == "THEIRS":
        return None if status == 404 else f"{status}, 404 expected"
    if role not in asked.roles or (own_only and asked.kind == "company"):
        return None if status == 403 else f"{status}, 403 expected"
    if status == 403 and asked.kind != "rule":
        return "403, although the role may"
    if own_only and asked.kind == "own" and asked.method != "get" and whose == "THEIRS":
        expected = REFUSED.get((asked.method, asked.path))
        if expected is None:
            pytest.fail(
                f"{asked.method} {asked.path} names its customer: enter it in BODIES and REFUSED of known.py"
            )
        return None if status == expected else f"{status}, {expected} expected: {answer.text[:200]}"
    if asked.kind == "one" and asked.method == "get" and status != 200 and asked.path not in VACUOUS:
        return f"{status}, 200 expected: {answer.text[:200]}"
    staff = "{salesperson_id}" in asked.path or asked.path == "/staff"
    if own_only and status == 200 and b"THEIRS" in answer.content and not staff:
        return f"tells of somebody else's customer: {answer.text[:300]}"
    return None


async def test_the_lists_have_somebody_elses_customers_to_hide(running: Installation) -> None:
    """Without this the matrix could not fail: what sales must not see, managers do."""
    plain = [
        a for a in everything(running) if a.method == "get" and a.kind == "own" and a.path not in VACUOUS
    ]
    for asked in plain:
        answers = [await running.client.get(address) for address in asked.addresses("THEIRS")]
        assert all(answer.status_code == 200 for answer in answers), asked.path
        mine = [await running.client.get(a, headers=bearer("sales")) for a in asked.addresses("THEIRS")]
        assert [a.text for a in mine] != [a.text for a in answers], asked.path


async def test_what_is_somebody_elses_is_answered_like_what_does_not_exist(running: Installation) -> None:
    for asked in everything(running):
        if asked.kind == "one" and asked.method == "get":
            address = next(asked.addresses("THEIRS"))
            foreign = await running.client.get(address, headers=bearer("sales"))
            absent = await running.client.get(address.replace("THEIRS", "NOBODY"), headers=bearer("sales"))
            assert (foreign.status_code, absent.status_code) == (404, 404), address
            told = foreign.json()["detail"], foreign.json()["errors"]
            assert told == (absent.json()["detail"].replace("NOBODY", "THEIRS"), absent.json()["errors"]), (
                address
            )
