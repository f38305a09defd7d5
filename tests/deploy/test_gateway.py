"""The gateway's own configuration, served by the real Caddy: each path reaches its service and nothing else does."""

import contextlib
import http.client
import json
import re
import shutil
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.cli.services import load
from deploy.local.ports import free_port
from deploy.local.probes import http_ready
from deploy.local.processes import ProcessSpec, running
from tests.deploy.compose import ROOT, SERVICES

CADDYFILE = ROOT / "deploy/gateway/Caddyfile"
PAGES = CADDYFILE.parent


def caddy(folder: Path, port: int, upstreams: dict[str, str], argv: list[str] | None = None) -> ProcessSpec:
    """How the gateway is started: the file as it is, everything that differs in variables."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is not installed (Debian: apt install caddy)")
    environment = {
        "TALLYMAN_GATEWAY_ADDRESS": f":{port}",
        "TALLYMAN_GATEWAY_PAGES": str(PAGES),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        **{f"TALLYMAN_GATEWAY_{name.upper()}": address for name, address in upstreams.items()},
    }
    return ProcessSpec(
        name="caddy",
        argv=argv or [program, "run", "--config", str(CADDYFILE)],
        env=environment,
        log_path=folder / "caddy.log",
        ready=http_ready(f"http://127.0.0.1:{port}/gateway/live"),
    )


def answer_of(url: str, body: bytes | None = None) -> tuple[int, str]:
    """Status and body of a request, without any proxy of the machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Caddy in front of four services that answer with their name; insights is down."""
    with ExitStack() as stack:
        upstreams = {"insights": f"127.0.0.1:{free_port()}"}
        for name in set(SERVICES) - {"insights"}:
            server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(name))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            upstreams[name] = f"127.0.0.1:{server.server_port}"
        port = free_port()
        stack.enter_context(running(caddy(tmp_path_factory.mktemp("caddy"), port, upstreams)))
        yield f"http://127.0.0.1:{port}"


def _handler(name: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = f"{name} {self.path}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(text)))
            for header in ("X-Forwarded-For", "X-Forwarded-Proto"):
                self.send_header(f"Seen-{header}", self.headers.get(header, ""))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            with suppress(BrokenPipeError):
                self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Say nothing."""

    return Handler


def _routes(name: str) -> set[str]:
    """The first segments that are to reach a service: its own, and those with its name."""
    return {*load(name).paths, name, f"docs/{name}", f"console/{name}"} - {"console"}


def test_pages_of_no_service_reach_the_one_that_has_them(gateway: str) -> None:
    assert [name for name in SERVICES if "console" in load(name).paths] == ["customers"]
    for path in ("console", "console/", "console/search?q=x", "console/assets/console.0.css"):
        assert answer_of(f"{gateway}/{path}") == (200, f"customers /{path}")
    assert answer_of(f"{gateway}/console/credit/held") == (200, "credit /console/credit/held")


@pytest.mark.parametrize("name", SERVICES)
def test_the_file_has_the_paths_of_the_service(name: str) -> None:
    found = re.search(rf"^\t@{name} path (.+)$", CADDYFILE.read_text(), re.MULTILINE)
    assert found is not None
    wanted = {f"/{route}{rest}" for route in _routes(name) for rest in ("", "/*")} | {f"/openapi/{name}.json"}
    assert set(found.group(1).split()) == wanted


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"insights"}))
def test_each_path_reaches_its_service(gateway: str, name: str) -> None:
    for route in sorted(_routes(name)):
        assert answer_of(f"{gateway}/{route}") == (200, f"{name} /{route}")
        assert answer_of(f"{gateway}/{route}/X-1/more?wait=2s") == (200, f"{name} /{route}/X-1/more?wait=2s")
    assert answer_of(f"{gateway}/openapi/{name}.json")[1] == f"{name} /openapi/{name}.json"


def test_pages_are_not_compressed_on_their_way(gateway: str) -> None:
    """Their length would tell the CSRF token on them; the services compress them where it does not."""
    padding = "x" * 2_000
    encodings = {}
    for path in ("/console/", "/console/credit/held", "/orders"):
        asked = urllib.request.Request(f"{gateway}{path}?q={padding}", headers={"Accept-Encoding": "gzip"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(asked, timeout=10) as answer:
            encodings[path] = answer.headers.get("Content-Encoding")
    assert encodings == {"/console/": None, "/console/credit/held": None, "/orders": "gzip"}


def test_a_body_is_handed_on_and_a_huge_one_refused(gateway: str) -> None:
    assert answer_of(f"{gateway}/orders", b"{}")[0] == 200
    # Debian's older Caddy finds out while it proxies, and says 502.
    assert _status_of_a_long_one(gateway, b" " * 10_500_000) in (413, 502)


def _status_of_a_long_one(gateway: str, body: bytes) -> int:
    """The status that comes although the gateway stops reading, which cuts off whoever is still sending."""
    connection = http.client.HTTPConnection(gateway.removeprefix("http://"), timeout=10)
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        connection.request("POST", "/orders", body)
    try:
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_bare_address_leads_to_the_console(gateway: str) -> None:
    assert answer_of(f"{gateway}/") == (200, "customers /console/")


@pytest.mark.parametrize("path", ["console/assets/console.0.css", "docs/assets/swagger-ui.css"])
def test_what_all_services_have_comes_from_one_that_is_there(tmp_path: Path, gateway: str, path: str) -> None:
    assert answer_of(f"{gateway}/{path}") == (200, f"customers /{path}")
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler("orders")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        upstreams = {name: f"127.0.0.1:{free_port()}" for name in SERVICES}
        upstreams["orders"] = f"127.0.0.1:{server.server_port}"
        port = free_port()
        with running(caddy(tmp_path, port, upstreams)):
            assert answer_of(f"http://127.0.0.1:{port}/{path}") == (200, f"orders /{path}")
        server.shutdown()


def test_how_services_ask_who_is_calling_is_not_for_callers(gateway: str) -> None:
    for path in ("sessions/introspection", "sessions/introspection/", "Sessions/%69ntrospection"):
        assert answer_of(f"{gateway}/{path}", b"{}")[0] == 404, path
    assert answer_of(f"{gateway}/sessions/current") == (200, "customers /sessions/current")


def _seen(gateway: str) -> dict[str, str]:
    """What a service is told of a caller who says that it is somebody else."""
    said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(f"{gateway}/orders", headers=said), timeout=10) as answer:
        return {name: answer.headers[f"Seen-{name}"] for name in said}


def test_the_word_of_a_caller_counts_only_from_the_proxy_in_front(tmp_path: Path, gateway: str) -> None:
    assert _seen(gateway) == {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http"}
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler("orders")) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = free_port()
        spec = caddy(tmp_path, port, {"orders": f"127.0.0.1:{server.server_port}"})
        with running(replace(spec, env={**spec.env, "TALLYMAN_GATEWAY_PROXY": "127.0.0.1/32"})):
            seen = _seen(f"http://127.0.0.1:{port}")
        server.shutdown()
    assert seen == {"X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize("path", ["console/credit/live", "insights/alerts/stream"])
def test_news_does_not_wait_for_more(tmp_path: Path, path: str) -> None:
    """Although the client takes compressed answers, and what came first was long."""
    go_on = threading.Event()

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for text in (b"data: " + b"x" * 3_000, b"data: second"):
                self.wfile.write(text + b"\n\n")
                self.wfile.flush()
            go_on.wait(20)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Stream) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port, address = free_port(), f"127.0.0.1:{server.server_port}"
        with running(caddy(tmp_path, port, {"credit": address, "insights": address})):
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/{path}", headers={"Accept-Encoding": "gzip"}
            )
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(asked, timeout=5) as answer:
                    lines = [answer.readline() for _ in range(3)]
            finally:
                go_on.set()
                server.shutdown()
    assert lines[2] == b"data: second\n"


@pytest.mark.parametrize("path", ["metrics", "ready", "live", "ordersX", "docs", "openapi/kit.json", "admin"])
def test_what_belongs_to_nobody_is_a_problem(gateway: str, path: str) -> None:
    status, body = answer_of(f"{gateway}/{path}")
    assert status == 404
    assert json.loads(body)["status"] == 404


def test_a_service_that_is_down_is_a_problem(gateway: str) -> None:
    status, body = answer_of(f"{gateway}/insights/months")
    assert status == 502
    assert json.loads(body)["title"] == "Bad Gateway"
    # A part of a page: htmx takes anything, and the page says in its own words that this part did not come.
    assert json.loads(_asked_by_a_person(f"{gateway}/console/insights/alerts", "*/*")[1])["status"] == 502


@pytest.mark.parametrize("body", [None, b"csrf=x"])
def test_a_page_of_a_service_that_is_down_is_a_page(gateway: str, body: bytes | None) -> None:
    """With its styles in it: the service that has them may be the one that is down."""
    accepted = "text/html,application/xhtml+xml,*/*;q=0.8"
    answer, text = _asked_by_a_person(f"{gateway}/console/insights/alerts", accepted, body)
    assert answer.code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def _asked_by_a_person(
    url: str, accepted: str, body: bytes | None = None
) -> tuple[urllib.error.HTTPError, str]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(urllib.request.Request(url, body, {"Accept": accepted}), timeout=10)
    with caught.value as answer:
        return answer, answer.read().decode()
