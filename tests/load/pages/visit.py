"""What a browser asks for when a page is opened for the first time, what comes over the wire, and what it costs."""

import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

import cramjam
import httpx
import psutil

MOST_NAMES = 500
"""So many names of customers the console's script asks for at once."""
BROWSER = {"Accept-Encoding": "gzip, deflate, br", "User-Agent": "bench"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in."""

    role: str
    token: str


@dataclass(slots=True)
class Answer:
    """What one address answers.

    Attributes:
        wire_bytes: head and body as they were sent.
        seconds: from sending the request to having the whole answer, one per request.
        server_s: CPU time of the server per request.
        database_s: CPU time of PostgreSQL per request.
    """

    address: str
    status: int
    wire_bytes: int
    text: str
    seconds: list[float] = field(default_factory=list)
    server_s: float = 0.0
    database_s: float = 0.0

    @property
    def median_s(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    @property
    def max_s(self) -> float:
        """The slowest one."""
        return max(self.seconds)


@dataclass(slots=True)
class Visit:
    """A page's first load: the document, its files, and the parts that it asks for."""

    path: str
    role: str
    document: Answer
    assets: list[Answer]
    fragments: list[Answer]

    @property
    def wire_bytes(self) -> int:
        """All of it."""
        return sum(one.wire_bytes for one in [self.document, *self.assets, *self.fragments])

    @property
    def slowest(self) -> Answer:
        """The document or the part that takes the longest."""
        return max([self.document, *self.fragments], key=lambda one: one.median_s)


class Page(HTMLParser):
    """Finds what a document or fragment makes a browser ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.assets: dict[str, None] = {}
        self.fragments: dict[str, None] = {}
        self.unnamed: dict[str, None] = {}
        self._form: tuple[str, dict[str, str]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of files, of parts with the trigger ``load``, and of customers without a name."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given.get("rel") in ("stylesheet", "icon"):
            self.assets[given["href"]] = None
        elif tag in ("script", "img") and "src" in given:
            self.assets[given["src"]] = None
        elif tag == "use":
            self.assets[given["href"].partition("#")[0]] = None
        triggers = [trigger.strip() for trigger in given.get("hx-trigger", "").split(",")]
        if "hx-get" in given and "load" in triggers:
            if tag == "form":
                self._form = given["hx-get"], {}
            else:
                self.fragments[given["hx-get"]] = None
        elif tag == "input" and self._form is not None:
            self._form[1][given["name"]] = given.get("value", "")
        if "data-name-of" in given:
            self.unnamed[given["data-name-of"]] = None

    def handle_endtag(self, tag: str) -> None:
        """Ask as a form does, with its fields."""
        if tag == "form" and self._form is not None:
            address, fields = self._form
            self.fragments[f"{address}?{urlencode(fields)}"] = None
            self._form = None

    def names(self) -> Iterator[str]:
        """Yield the address at which the console's script asks for names, if it has to."""
        wanted = list(self.unnamed)[:MOST_NAMES]
        if wanted:
            yield "/console/customers/names?" + urlencode([("id", one) for one in wanted])


class Server:
    """The server that is measured: its address, and the processes whose CPU time counts."""

    def __init__(self, address: str, server: psutil.Process, database: psutil.Process) -> None:
        self.address = address
        self._server = server
        self._database = database

    def server_s(self) -> float:
        """CPU seconds of the server so far."""
        return cpu_s(self._server)

    def database_s(self) -> float:
        """CPU seconds of PostgreSQL so far, with all that it has started and that is over."""
        return cpu_s(self._database)

    def client(self, visitor: Visitor) -> httpx.Client:
        """Return a browser without a cache."""
        return httpx.Client(
            base_url=self.address,
            cookies={"tallyman_session": visitor.token},
            headers=BROWSER,
            timeout=120,
            trust_env=False,
        )


def cpu_s(root: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children so far, with all that it has started and that is over."""
    total = 0.0
    for process in [root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process is root:
            total += times.children_user + times.children_system
    return total


def ask(client: httpx.Client, address: str, *, part: bool = False) -> Answer:
    """Ask once; what is sent is counted, not what it is unpacked to."""
    headers = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"} if part else {"Sec-Fetch-Site": "none"}
    began = time.perf_counter()
    with client.stream("GET", address, headers=headers) as response:
        body = b"".join(response.iter_raw())
    took = time.perf_counter() - began
    head = sum(len(name) + len(value) + 4 for name, value in response.headers.raw) + len(
        "HTTP/1.1 200 OK\r\n\r\n"
    )
    unpack: Any = cramjam
    encoding = response.headers.get("content-encoding", "")
    content = {"br": unpack.brotli.decompress, "gzip": unpack.gzip.decompress}.get(encoding, bytes)(body)
    text = bytes(content).decode("utf-8", "replace")
    return Answer(address, response.status_code, head + len(body), text, [took])


def measured(server: Server, client: httpx.Client, address: str, times: int, *, part: bool = False) -> Answer:
    """Ask once to warm up, then ``times`` more, and say what a request costs.

    Raises:
        AssertionError: it does not answer 200 or 204.
    """
    answer = ask(client, address, part=part)
    assert answer.status in (200, 204), f"{address} answers {answer.status}: {answer.text[:300]}"
    before = server.server_s(), server.database_s()
    answer.seconds = [ask(client, address, part=part).seconds[0] for _ in range(times)]
    answer.server_s = (server.server_s() - before[0]) / times
    answer.database_s = (server.database_s() - before[1]) / times
    return answer


def visit(server: Server, visitor: Visitor, path: str, times: int) -> Visit:
    """Open a page as a browser does that was never here."""
    with server.client(visitor) as client:
        document = measured(server, client, path, times)
        page = Page(document.text)
        fragments: dict[str, Answer] = {}
        asked = [*page.fragments, *page.names()]
        while asked:
            address = asked.pop(0)
            if address in fragments:
                continue
            fragments[address] = measured(server, client, address, times, part=True)
            inside = Page(fragments[address].text)
            page.assets |= inside.assets
            asked += [*inside.fragments, *inside.names()]
        files = [ask(client, address) for address in page.assets]
        return Visit(path, visitor.role, document, files, list(fragments.values()))


def short(address: str) -> str:
    """Return an address without what differs from run to run."""
    return re.sub(r"\?id=.*", "", address)
