"""An installation as docker-compose.yml makes it, as processes of this machine.

Command, environment and health check come from the parsed file; only hosts, ports and folders are put in their place.
"""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.local.ports import free_port
from deploy.local.postgres import DURABLE_SETTINGS, LocalPostgres
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec, Supervisor, running
from tests.deploy.compose import ROOT, SERVICES
from tests.deploy.compose_kafka import ComposeKafka
from tests.deploy.test_database_roles import make_roles
from tests.deploy.test_gateway import PAGES, caddy


@dataclass
class Installation:
    """What was started, and how it is reached."""

    compose: dict[str, Any]
    hosts: dict[str, str]
    database: str
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

    def setup_token(self) -> str:
        """What customers tells in its log as long as there is nobody."""
        found = re.search(r"valid once and for 24 hours: ([\w-]+)", self.services["customers"].log_text())
        assert found is not None
        return found[1]

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """Look into the database, as nobody of the file can: into all schemas."""
        connection = await asyncpg.connect(self.database)
        try:
            return list(await connection.fetch(query, *values))
        finally:
            await connection.close()


async def set_aside(installation: Installation, topic: str, value: bytes) -> None:
    """Publish a record that no service can apply."""
    bootstrap = installation.environment("orders")["TALLYMAN_KAFKA_BOOTSTRAP"]
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(topic, value, key=b"C-x")


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


@contextmanager
def installed(compose: dict[str, Any], folder: Path) -> Iterator[Installation]:
    """PostgreSQL, Kafka, setup, the four services and the gateway, in the file's order."""
    with ExitStack() as stack:
        postgres = stack.enter_context(_postgres(compose))
        kafka = stack.enter_context(
            ComposeKafka(compose["services"]["kafka"]["environment"], folder / "kafka")
        )
        passwords = {
            name: str(compose["services"]["postgres"]["environment"][f"POSTGRES_{name.upper()}_PASSWORD"])
            for name in SERVICES
        }
        database = postgres.create_database("tallyman")
        make_roles(database, passwords)
        hosts = _hosts(compose, kafka.bootstrap, postgres.port)
        started = Installation(compose, hosts, database, setup(compose, hosts))
        started.ports = {name: int(hosts[f"http://{name}:8000"].rpartition(":")[2]) for name in SERVICES}
        supervisor = stack.enter_context(Supervisor())
        _start_services(started, supervisor, folder)
        started.gateway = stack.enter_context(_gateway(started, folder))
        yield started


def _hosts(compose: dict[str, Any], kafka: str, postgres_port: int) -> dict[str, str]:
    """What stands in the file, and what it is on this machine."""
    gateway = compose["services"]["gateway"]["networks"]["edge"]["ipv4_address"]
    services = {f"http://{name}:8000": f"http://127.0.0.1:{free_port()}" for name in SERVICES}
    return {
        "kafka:9092": kafka,
        "postgres:5432": f"127.0.0.1:{postgres_port}",
        gateway: "127.0.0.1",
        **services,
    }


def _postgres(compose: dict[str, Any]) -> LocalPostgres:
    """The server with the options of the file's command."""
    program, *options = compose["services"]["postgres"]["command"]
    assert program == "postgres"
    settings = dict(option.removeprefix("--").split("=", 1) for option in options)
    durable = {name: settings.pop(name) for name in DURABLE_SETTINGS}
    assert durable == DURABLE_SETTINGS
    return LocalPostgres(settings=settings)


def setup(compose: dict[str, Any], hosts: dict[str, str]) -> subprocess.CompletedProcess[str]:
    preview = Installation(compose, hosts, "", subprocess.CompletedProcess([], 0))
    return subprocess.run(
        command_of(compose, "setup"),
        env={**clean_environment(), **preview.environment("setup")},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def _start_services(started: Installation, supervisor: Supervisor, folder: Path) -> None:
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


@contextmanager
def _gateway(started: Installation, folder: Path) -> Iterator[str]:
    """Caddy with the file's command and configuration; gives its address."""
    service = started.compose["services"]["gateway"]
    mounted = {volume.split(":")[1]: str(ROOT / volume.split(":")[0]) for volume in service["volumes"]}
    command = [mounted.get(word, word) for word in service["command"]]
    assert Path(mounted["/etc/caddy/unavailable.html"]).parent == PAGES
    assert not service["environment"]["TALLYMAN_GATEWAY_PROXY"]
    upstreams = {name: f"127.0.0.1:{port}" for name, port in started.ports.items()}
    port = free_port()
    with running(caddy(folder, port, upstreams, command)):
        yield f"http://127.0.0.1:{port}"
