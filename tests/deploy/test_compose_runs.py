"""Everything the compose file starts, started as the file says, as processes of this machine."""

import asyncio
import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deploy.local.kafka import why_unavailable
from services.kit.http.sessions import SECURE_COOKIE
from tests.deploy.compose import SERVICES
from tests.deploy.installation import Installation, clean_environment, command_of, installed, setup
from tests.deploy.test_gateway import answer_of
from tests.waiting import until

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def installation(compose: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """All of it; the last test ends the services."""
    if reason := why_unavailable():
        pytest.skip(reason)
    with installed(compose, tmp_path_factory.mktemp("installation")) as started:
        yield started


@pytest.fixture
def order() -> dict[str, Any]:
    """An order of a customer nobody knows yet."""
    number = uuid.uuid4().hex[:8]
    return {
        "order_id": f"O-{number}",
        "customer_id": f"C-{number}",
        "currency": "CNY",
        "amount": "1234.50",
        "lines": [],
    }


def test_setup_made_topics_and_schemas_with_each_service_as_owner(installation: Installation) -> None:
    assert installation.setup.returncode == 0, installation.setup.stderr
    assert "topics created: " in installation.setup.stdout
    assert all(f"{name}: " in installation.setup.stdout for name in SERVICES)


def test_setup_again_changes_nothing(installation: Installation) -> None:
    again = setup(installation.compose, installation.hosts)
    assert again.returncode == 0, again.stderr
    assert "topics: all there" in again.stdout
    assert again.stdout.count("up to date") == len(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_the_health_check_of_the_file_agrees(installation: Installation, name: str) -> None:
    kind, program, *arguments = installation.compose["services"][name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    here = [argument.replace(":8000/", f":{installation.ports[name]}/") for argument in arguments]
    done = subprocess.run(
        [sys.executable, *here], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_an_order_is_decided_through_the_gateway(
    installation: Installation, order: dict[str, Any]
) -> None:
    """Four services over Kafka: what a till sees, and then the salesperson of the customer."""
    terms = {"currency": "CNY", "term_days": 30, "limit": "5000.00", "reason": "first order"}
    customer = order["customer_id"]
    status, answer = installation.request("PUT", f"/accounts/{customer}/terms", "finance", terms)
    assert status == 200, answer
    status, answer = installation.request("POST", "/orders?wait=10s", "system", order)
    assert status == 200, answer
    read = ("GET", f"/decisions/{order['order_id']}", "sales")
    assert installation.request(*read)[0] == 404, "it is nobody's customer, so not the salesperson's either"
    _give_to_sales(installation, customer)
    await until(lambda: _answers(installation, *read))
    status, decision = installation.request(*read)
    assert status == 200, decision
    assert "approved" in json.dumps(decision)


def _give_to_sales(installation: Installation, customer: str) -> None:
    """Have the salesperson whom the key of the role sales is named after look after a customer."""
    staff = {"salesperson_id": "sales", "name": "Li Lei", "active_from": "2020-01-01"}
    card = {"customer_id": customer, "name": "Corner shop"}
    given = {"salesperson_id": "sales", "from_day": "2020-01-01"}
    for path, body in (
        ("/staff", staff),
        ("/customers", card),
        (f"/customers/{customer}/assignments", given),
    ):
        status, answer = installation.request("POST", path, "manager", body)
        assert status == 201, answer


async def _answers(installation: Installation, method: str, path: str, role: str) -> bool:
    status, _ = await asyncio.to_thread(installation.request, method, path, role)
    return status == 200


def test_without_a_key_nobody_gets_in(installation: Installation) -> None:
    assert answer_of(f"{installation.gateway}/accounts")[0] == 401


def test_every_service_has_its_documentation_behind_the_gateway(installation: Installation) -> None:
    for name in SERVICES:
        status, body = answer_of(f"{installation.gateway}/openapi/{name}.json")
        assert status == 200
        assert json.loads(body)["paths"]


async def test_the_bare_address_documents_and_what_is_inside(installation: Installation) -> None:
    async with httpx.AsyncClient(base_url=installation.gateway, trust_env=False) as client:
        for name in SERVICES:
            page = (await client.get(f"/docs/{name}")).text
            for path in re.findall(r'(?:src|href)="(/[^"]+)"', page):
                assert (await client.get(path)).status_code == 200, path
        key = installation.environment("credit")["TALLYMAN_CUSTOMERS_KEY"]
        asked = await client.post(
            "/sessions/introspection", json={"token": "x"}, headers={"X-Service-Key": key}
        )
        assert asked.status_code == 404, "only the services ask that, inside"
    inside = f"http://127.0.0.1:{installation.ports['customers']}"
    async with httpx.AsyncClient(base_url=inside, trust_env=False) as client:
        for shown, status in ((key, 200), (installation.key("system"), 401), ("", 401)):
            headers = {"X-Service-Key": shown}
            answer = await client.post("/sessions/introspection", json={"token": "x"}, headers=headers)
            assert answer.status_code == status


async def test_only_the_gateway_says_for_whom_it_asks(installation: Installation) -> None:
    """The address that guesses are counted for, and whether cookies are Secure."""
    direct = f"http://127.0.0.1:{installation.ports['customers']}"
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    for origin, local, counted in (
        (installation.gateway, "127.0.0.1", "127.0.0.1"),  # The gateway believes nobody.
        (direct, "127.0.0.1", "203.0.113.9"),
        (direct, "127.0.0.2", "127.0.0.2"),
    ):
        login = f"guess.{counted}.{local}"
        transport = httpx.AsyncHTTPTransport(local_address=local)
        async with httpx.AsyncClient(base_url=origin, headers=said, transport=transport) as client:
            answer = await client.post("/sessions", json={"login": login, "password": "wrong"})
            assert answer.status_code == 401
            slash = await client.get("/console/customers/list/", headers={"Host": "tally.example"})
        scheme = "https" if counted.startswith("203") else "http"
        assert slash.headers["location"].startswith(f"{scheme}://tally.example/"), (origin, local)
        found = await installation.fetch("SELECT after FROM customers.access_audit WHERE subject = $1", login)
        assert counted in str(found[0]["after"])


async def test_behind_tls_cookies_are_secure(installation: Installation) -> None:
    """As a proxy in front of the gateway makes it: the name that people type, and https."""
    token, login, password = installation.setup_token(), "wang.fang", "a sentence is easy to remember"
    first = {"token": token, "login": login, "name": "王芳", "password": password}
    said = {"Host": "tally.example", "X-Forwarded-Proto": "https", "Origin": "https://tally.example"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{installation.ports['customers']}") as client:
        assert (await client.post("/people/first", json=first)).status_code == 201
        answer = await client.post("/sessions", json={"login": login, "password": password}, headers=said)
        assert answer.status_code == 201, answer.text
        cookie = SimpleCookie(answer.headers["set-cookie"])[SECURE_COOKIE]
        assert cookie["secure"]
        plain = {"Host": "tally.example", "Origin": "http://tally.example"}
        form = await client.get("/console/login", headers=plain)
        csrf = re.search(r'name="csrf" value="([^"]+)"', form.text)
        assert csrf is not None
        sent = {"csrf": csrf[1], "login": login, "password": password}
        refused = await client.post("/console/login", data=sent, headers=plain)
        assert refused.status_code == 400
        assert "plain HTTP" in refused.text
        assert SECURE_COOKIE not in refused.headers.get("set-cookie", "")


def test_verify_holds_with_the_roles_of_the_tools_container(installation: Installation) -> None:
    done = subprocess.run(
        command_of(installation.compose, "tools", "verify"),
        env={**clean_environment(), **installation.environment("tools")},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything holds." in done.stdout


def test_what_prometheus_scrapes_is_there(installation: Installation) -> None:
    for name in SERVICES:
        status, page = answer_of(f"http://127.0.0.1:{installation.ports[name]}/metrics")
        assert status == 200
        assert f'tallyman_rebalances_total{{service="{name}"}}' in page


def test_no_password_is_logged(installation: Installation) -> None:
    secrets = {
        urlsplit(installation.environment(name)["TALLYMAN_DATABASE_URL"]).password for name in SERVICES
    }
    secrets |= {
        entry.split(":")[0] for entry in installation.environment("credit")["TALLYMAN_API_KEYS"].split(",")
    }
    for process in installation.services.values():
        text = process.log_text()
        assert not [secret for secret in secrets if secret and secret in text]


def test_every_service_ends_well_when_it_is_asked_to(installation: Installation) -> None:
    for name, process in installation.services.items():
        process.stop()
        assert process.returncode == 0, f"{name}: {process.log_text()[-2000:]}"
