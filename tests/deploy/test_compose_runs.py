"""Everything the compose file starts, started as the file says, as processes of this machine.

Command, environment and health check come from the parsed file; only hosts, ports and folders are put in their place.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from deploy.local.kafka import why_unavailable
from deploy.local.ports import free_port
from deploy.local.postgres import DURABLE_SETTINGS, LocalPostgres
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, Supervisor, running
from tests.deploy.compose import ROOT, SERVICES
from tests.deploy.compose_kafka import ComposeKafka
from tests.deploy.test_database_roles import make_roles
from tests.deploy.test_gateway import answer_of, caddy
from tests.waiting import until

pytestmark = pytest.mark.kafka


@dataclass
class Installation:
    """What was started, and how it is reached."""

    compose: dict[str, Any]
    hosts: dict[str, str]
    setup: subprocess.CompletedProcess[str]
    services: dict[str, ManagedProcess] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    gateway: str = ""

    def environment(self, name: str) -> dict[str, str]:
        """A service's environment as the file has it, with this machine's hosts."""
        environment = {
            key: str(value) for key, value in self.compose["services"][name]["environment"].items()
        }
        for theirs, ours in self.hosts.items():
            environment = {key: value.replace(theirs, ours) for key, value in environment.items()}
        return environment

    def key(self, role: str) -> str:
        """The API key of a role."""
        keys = self.environment("credit")["TALLYMAN_API_KEYS"].split(",")
        return next(entry.split(":")[0] for entry in keys if entry.split(":")[1] == role)

    def request(self, method: str, path: str, role: str, body: Any = None) -> tuple[int, Any]:
        """Ask the gateway."""
        request = urllib.request.Request(
            self.gateway + path,
            json.dumps(body).encode() if body is not None else None,
            {"Authorization": f"Bearer {self.key(role)}", "Content-Type": "application/json"},
            method=method,
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


def command_of(compose: dict[str, Any], name: str, *arguments: str) -> list[str]:
    """The image's entry point with the service's command: what the container runs, with this Python."""
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text()
    found = re.search(r"^ENTRYPOINT (\[.+\])$", dockerfile, re.MULTILINE)
    assert found is not None
    program, *rest = json.loads(found.group(1))
    assert program == "python"
    return [sys.executable, *rest, *(arguments or compose["services"][name]["command"])]


def clean_environment() -> dict[str, str]:
    """A container has nothing of this machine's environment but a PATH."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def installation(compose: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """PostgreSQL, Kafka, setup, the four services and the gateway, in the file's order."""
    if reason := why_unavailable():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        postgres = stack.enter_context(_postgres(compose))
        kafka = stack.enter_context(
            ComposeKafka(compose["services"]["kafka"]["environment"], folder / "kafka")
        )
        passwords = {
            name: str(compose["services"]["postgres"]["environment"][f"POSTGRES_{name.upper()}_PASSWORD"])
            for name in SERVICES
        }
        make_roles(postgres.create_database("tallyman"), passwords)
        hosts = {"kafka:9092": kafka.bootstrap, "postgres:5432": f"127.0.0.1:{postgres.port}"}
        started = Installation(compose, hosts, _setup(compose, hosts))
        supervisor = stack.enter_context(Supervisor())
        _start_services(started, supervisor, folder)
        started.gateway = stack.enter_context(_gateway(started, folder))
        yield started


def _postgres(compose: dict[str, Any]) -> LocalPostgres:
    """The server with the options of the file's command."""
    program, *options = compose["services"]["postgres"]["command"]
    assert program == "postgres"
    settings = dict(option.removeprefix("--").split("=", 1) for option in options)
    durable = {name: settings.pop(name) for name in DURABLE_SETTINGS}
    assert durable == DURABLE_SETTINGS
    return LocalPostgres(settings=settings)


def _setup(compose: dict[str, Any], hosts: dict[str, str]) -> subprocess.CompletedProcess[str]:
    preview = Installation(compose, hosts, subprocess.CompletedProcess([], 0))
    return subprocess.run(
        command_of(compose, "setup"),
        env={**clean_environment(), **preview.environment("setup")},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def _start_services(started: Installation, supervisor: Supervisor, folder: Path) -> None:
    for name in SERVICES:
        started.ports[name] = free_port()
    specs = [
        ProcessSpec(
            name=name,
            argv=["env", "-i", *_assignments(started, name), *command_of(started.compose, name)],
            cwd=Path("/"),
            log_path=folder / f"{name}.log",
            ready=http_ready(f"http://127.0.0.1:{started.ports[name]}/ready"),
            ready_timeout_s=120,
            stop_timeout_s=30,
        )
        for name in SERVICES
    ]
    started.services = {process.name: process for process in supervisor.start(*specs)}


def _assignments(started: Installation, name: str) -> list[str]:
    environment = {**clean_environment(), **started.environment(name)}
    assert environment["TALLYMAN_HTTP_PORT"] == "8000"
    environment["TALLYMAN_HTTP_PORT"] = str(started.ports[name])
    return [f"{key}={value}" for key, value in environment.items()]


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


@contextmanager
def _gateway(started: Installation, folder: Path) -> Iterator[str]:
    """Caddy with the file's command and configuration; gives its address."""
    service = started.compose["services"]["gateway"]
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in service["volumes"]}
    command = [str(ROOT / mounted[word]) if word in mounted else word for word in service["command"]]
    upstreams = {name: f"127.0.0.1:{port}" for name, port in started.ports.items()}
    port = free_port()
    with running(caddy(folder, port, upstreams, command)):
        yield f"http://127.0.0.1:{port}"


def test_setup_made_topics_and_schemas_with_each_service_as_owner(installation: Installation) -> None:
    assert installation.setup.returncode == 0, installation.setup.stderr
    assert "topics created: " in installation.setup.stdout
    assert all(f"{name}: " in installation.setup.stdout for name in SERVICES)


def test_setup_again_changes_nothing(installation: Installation) -> None:
    again = _setup(installation.compose, installation.hosts)
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
