"""The process around the app: settings, logs, exit status, failpoints, traces to a collector."""

import asyncio
import gzip
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.local.ports import free_port
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, ProcessSpec
from services.kit.http.app import create_app, run_app
from services.kit.settings import Settings
from tests.kit.http.conftest import KEYS, bearer
from tests.kit.http.demo import Applied, demo_service

REPOSITORY = Path(__file__).parents[3]
TIMEOUT_S = 60


def environment(settings: Settings) -> dict[str, str]:
    """Return the settings as a process gets them."""
    names = ("kafka_bootstrap", "topic_prefix", "partitions", "kafka_idempotence")
    secrets = ("database_url", "api_keys", "jwt_secret")
    plain = {name: str(getattr(settings, name)) for name in names}
    plain |= {name: getattr(settings, name).get_secret_value() for name in secrets}
    return {f"TALLYMAN_{name.upper()}": value for name, value in plain.items()}


@contextmanager
def serving(
    settings: Settings, log: Path, *arguments: str, ready: str | None = "/live", **env: str
) -> Iterator[tuple[ManagedProcess, httpx.Client]]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = ManagedProcess(
        ProcessSpec(
            name="demo",
            argv=[sys.executable, "-m", "tests.kit.http.serve_demo", str(port), *arguments],
            log_path=log,
            env=environment(settings) | env,
            cwd=REPOSITORY,
            ready=http_ready(url + ready) if ready else None,
            ready_timeout_s=TIMEOUT_S,
        )
    )
    with httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
        try:
            process.start()
            yield process, client
        finally:
            if process.running:
                process.kill()


def wait_started(client: httpx.Client) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while "starting" in client.get("/ready").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_a_process_from_start_to_end(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    with serving(settings, log) as (process, client):
        wait_started(client)
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        headers = bearer("sales") | {"traceparent": trace}
        thing = {"thing_id": "process-1", "name": "n", "size": 1}
        assert client.post("/things", json=thing, headers=headers).status_code == 201
        assert client.get("/things/x%0d%0aadmin%20logged%20in", headers=headers).status_code == 422
        assert client.get("/things/x/failures/bug").status_code == 500
        assert "server" not in client.get("/live").headers

        too_large = client.post(
            "/things", content=b" " * 10_000_000, headers=headers | {"Content-Type": "application/json"}
        )
        assert too_large.status_code == 413
        assert client.get("/live").status_code == 200
        event = asyncio.run(stored_event(settings, "thing-process-1"))
        assert event["trace"][:36] == trace[:36]

        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0
    text = log.read_text("utf-8")
    for secret in (
        *KEYS.values(),
        settings.jwt_secret.get_secret_value(),
        settings.database_url.get_secret_value(),
    ):
        assert secret not in text
    entries = lines(log)
    (entry,) = [e for e in entries if e.get("status") == 201]
    assert entry["message"] == "request"
    assert entry["trace_id"] == trace[3:35]
    assert (entry["method"], entry["route"], entry["principal"]) == ("POST", "/things", "sales-person")
    assert entry["service"] == "demo"
    (bug,) = [e for e in entries if "unexpected error" in e["message"]]
    assert "RuntimeError: the password is hunter2" in bug["exception"]
    assert not [e for e in entries if e.get("path") == "/live"]


async def stored_event(settings: Settings, event_id: str) -> dict[str, Any]:
    url = settings.database_url.get_secret_value()
    connection = await asyncpg.connect(url, server_settings={"search_path": "demo"})
    value = await connection.fetchval("SELECT value FROM outbox WHERE event_id = $1", event_id)
    await connection.close()
    event: dict[str, Any] = json.loads(value)
    return event


def test_killed_around_the_commit(settings: Settings, tmp_path: Path) -> None:
    def post(client: httpx.Client, place: str) -> httpx.Response:
        thing = {"thing_id": f"killed-{place}", "name": "n", "size": 1}
        return client.post(
            "/things", json=thing, headers=bearer("sales") | {"Idempotency-Key": f"key-{place}"}
        )

    places = ("api.before_commit", "api.after_commit")
    for place in places:
        with serving(settings, tmp_path / f"{place}.log", TALLYMAN_FAILPOINT=place) as (process, client):
            wait_started(client)
            with pytest.raises(httpx.RemoteProtocolError):
                post(client, place)
            assert process.wait(TIMEOUT_S) == -signal.SIGKILL
    with serving(settings, tmp_path / "after.log") as (_, client):
        wait_started(client)
        for place in places:
            first = post(client, place)
            assert first.status_code == 201
            assert ("idempotent-replayed" in first.headers) == (place == "api.after_commit")
            assert post(client, place).content == first.content
        items = client.get("/things", params={"limit": 500}, headers=bearer("sales")).json()["items"]
        found = [item["thing_id"] for item in items if item["thing_id"].startswith("killed")]
        assert sorted(found) == ["killed-api.after_commit", "killed-api.before_commit"]


def test_a_fatal_error_ends_the_process_with_status_1(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "demo.log"
    with serving(settings, log, "missing-migration", ready=None) as (process, _):
        assert process.wait(TIMEOUT_S) == 1
    (entry,) = [e for e in lines(log) if e["level"] == "critical"]
    assert "0002 is missing: run 'tallyman migrate'" in entry["message"]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"PARTITIONS": "many"}, "TALLYMAN_PARTITIONS: Input should be a valid integer"),
        ({"DATABASE_URL": ""}, "TALLYMAN_DATABASE_URL: must be like"),
        ({"DATABASE_URL": "mysql://hunter2@x/y"}, "TALLYMAN_DATABASE_URL: must be like"),
        ({"API_KEYS": "hunter2:sales"}, "at least 16"),
        ({"TIMEZONE": "Asia/Peking"}, "TALLYMAN_TIMEZONE: there is no time zone 'Asia/Peking'"),
        ({"LOG_LEVEL": "LOUD"}, "TALLYMAN_LOG_LEVEL: 'LOUD' is not one of"),
    ],
)
def test_settings_that_are_wrong(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    env: dict[str, str],
    words: str,
) -> None:
    for name, value in (
        environment(settings) | {f"TALLYMAN_{name}": value for name, value in env.items()}
    ).items():
        monkeypatch.setenv(name, value)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    with pytest.raises(SystemExit) as ended:
        run_app(create_app(demo_service(Applied())))
    assert ended.value.code == 2
    text = capsys.readouterr().err
    assert words in text
    assert "hunter2" not in text


class Collector(BaseHTTPRequestHandler):
    """Takes OTLP as a collector does."""

    received: list[ExportTraceServiceRequest]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        body = gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body
        self.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_request(self, code: Any = 0, size: Any = 0) -> None: ...


def test_spans_of_requests_batches_and_publishing(settings: Settings, tmp_path: Path) -> None:
    Collector.received = []
    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    trace = "00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    thing = {"thing_id": "process-3", "name": "n", "size": 1}
    env = {"TALLYMAN_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with serving(settings, tmp_path / "demo.log", **env) as (_, client):
        wait_started(client)
        client.post("/things", json=thing, headers=bearer("sales") | {"traceparent": trace})
        deadline = time.monotonic() + TIMEOUT_S
        while not linked(trace[3:35]):
            assert time.monotonic() < deadline, [span.name for span in spans()]
            time.sleep(0.1)
    server.shutdown()
    server.server_close()
    (request,) = [span for span in spans() if span.name == "POST /things"]
    assert request.trace_id.hex() == trace[3:35]
    assert request.parent_span_id.hex() == trace[36:52]
    assert {"demo process", "demo send"} <= {span.name for span in spans()}


def spans() -> list[Any]:
    return [
        span
        for request in Collector.received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def linked(trace_id: str) -> list[Any]:
    """Return the batches that link to a trace."""
    return [span for span in spans() for link in span.links if link.trace_id.hex() == trace_id]
