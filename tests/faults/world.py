"""Services as processes of their own on a real PostgreSQL and a real broker, kept alive as an orchestrator would."""

import asyncio
import contextlib
import re
import sys
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from contracts.topics import topics
from deploy.local.broker import Broker
from deploy.local.ports import free_port
from deploy.local.postgres import LocalPostgres
from deploy.local.probes import http_ready
from deploy.local.processes import ManagedProcess, Probe, ProcessSpec
from deploy.local.topics import ensure_topics

ROOT = Path(__file__).resolve().parents[2]
PARTITIONS = 4
TIMEOUT_S = 120.0
COUNTERS = (
    "fenced_records",
    "duplicate_events",
    "swept_events",
    "applied_events",
    "published_events",
    "rebalances",
)


async def until(true: Callable[[], Awaitable[bool]], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + timeout_s
    while not await true():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.2)


def unhurried(probe: Probe) -> Probe:
    """Ask less often: many processes come up side by side, and asking costs them time."""

    def ask(process: ManagedProcess) -> bool:
        time.sleep(0.3)
        return probe(process)

    return ask


@dataclass
class World:
    """One installation: a database, topics under a prefix, and the processes of its services."""

    postgres: LocalPostgres
    broker: Broker
    folder: Path
    dsn: str = ""
    prefix: str = field(default_factory=lambda: f"w{uuid.uuid4().hex[:10]}.")
    processes: dict[str, ManagedProcess] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    deaths: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    lived: Counter[str] = field(default_factory=Counter)
    extra: dict[str, str] = field(default_factory=dict)
    _keeper: "asyncio.Task[None] | None" = None
    _connection: "asyncpg.Connection[asyncpg.Record] | None" = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def prepare(self, template: str) -> "World":
        """Make the database from a migrated one, and the topics."""
        name = f"world_{uuid.uuid4().hex[:12]}"
        create = lambda: self.postgres.create_database(name, template=template)  # noqa: E731
        self.dsn = await asyncio.to_thread(create)
        await self.make_topics()
        return self

    async def make_topics(self) -> None:
        """Make the topics that are missing."""
        await ensure_topics(
            self.broker.bootstrap, [(self.prefix + name, PARTITIONS, {}) for name in topics()]
        )

    @property
    def environment(self) -> dict[str, str]:
        """What leads a process here."""
        return {
            "TALLYMAN_DATABASE_URL": self.dsn,
            "TALLYMAN_DATABASE_POOL_SIZE": "5",
            "TALLYMAN_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "TALLYMAN_KAFKA_IDEMPOTENCE": str(self.broker.name == "kafka").lower(),
            "TALLYMAN_KAFKA_SESSION_TIMEOUT_MS": "6000",
            "TALLYMAN_TOPIC_PREFIX": self.prefix,
            "TALLYMAN_PARTITIONS": str(PARTITIONS),
            "TALLYMAN_CLOCK": "events",
            "TALLYMAN_ALLOW_ANONYMOUS": "true",
            "TALLYMAN_OUTBOX_SWEEP_AFTER_S": "1",
            "TALLYMAN_BATCH_MAX_EVENTS": "50",
            "TALLYMAN_LOG_LEVEL": "INFO",
            "TALLYMAN_FAILPOINT": "",
            **self.extra,
        }

    def process(
        self, service: str, replica: int = 1, argv: list[str] | None = None, **environment: str
    ) -> ManagedProcess:
        """Return a service's process, not yet started; a second call replaces the first one's environment."""
        name = f"{service}-{replica}"
        port = self.ports.setdefault(name, free_port())
        self.processes[name] = process = ManagedProcess(
            ProcessSpec(
                name=name,
                argv=[sys.executable, *(argv or ["-m", "deploy.cli"]), "serve", service, "--port", str(port)],
                log_path=self.folder / f"{self.prefix}{name}.log",
                env={**self.environment, **environment},
                cwd=ROOT,
                ready=unhurried(http_ready(f"http://127.0.0.1:{port}/ready")),
                ready_timeout_s=TIMEOUT_S,
                stop_timeout_s=40,
            )
        )
        return process

    async def start(self, *services: tuple[str, int]) -> None:
        """Start (service, replica) at once and wait until all are ready."""
        started = [self.process(*service) for service in services]
        for process in started:
            await asyncio.to_thread(process.launch)
        await asyncio.gather(*(asyncio.to_thread(process.wait_ready) for process in started))

    def url(self, name: str) -> str:
        """Return the address of a process."""
        return f"http://127.0.0.1:{self.ports[name]}"

    async def ready(self, *names: str) -> None:
        """Wait until processes are ready, whoever starts them."""

        async def all_ready() -> bool:
            probes = [http_ready(f"{self.url(name)}/ready") for name in names]
            found = await asyncio.gather(
                *(asyncio.to_thread(p, self.processes[n]) for p, n in zip(probes, names, strict=True))
            )
            return all(found)

        await until(all_ready, f"{', '.join(names)} ready")

    def keep_alive(self) -> None:
        """From now on start again whatever ends, as an orchestrator does."""
        self.wanted = set(self.processes)
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            for name in list(self.wanted):
                process = self.processes[name]
                if not process.running:
                    self.deaths[f"{name} {process.returncode}"] += 1
                    self.restarts += 1
                    await asyncio.to_thread(process.launch)
            await asyncio.sleep(0.1)

    async def kill(self, name: str) -> None:
        """kill -9, after noting what its counters said."""
        await self.note_counters(name)
        await asyncio.to_thread(self.processes[name].kill)

    async def note_counters(self, *names: str) -> None:
        """Add the counters of processes that are about to end to those of the lives before."""
        for name in names:
            self.lived += await self.counters(name)

    async def counters(self, name: str) -> Counter[str]:
        """Return the counters of a running process; nothing if it does not answer."""

        def read() -> str:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{self.url(name)}/metrics", timeout=2) as response:
                text: str = response.read().decode()
                return text

        found: Counter[str] = Counter()
        with contextlib.suppress(OSError):
            for counter, value in re.findall(
                r"^tallyman_(\w+)_total\{[^}]*\} ([0-9.e+]+)$", await asyncio.to_thread(read), re.M
            ):
                if counter in COUNTERS:
                    found[counter] += int(float(value))
        return found

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """Run a query; tables are named with their schema."""
        async with self._asking:
            # A new connection for every question would cost more than the question.
            if self._connection is None or self._connection.is_closed():
                self._connection = await asyncpg.connect(self.dsn)
            found: list[asyncpg.Record] = await self._connection.fetch(query, *arguments)
            return found

    async def log_id(self) -> str:
        """Return the identity of the log that the credit service met last."""
        return str(
            (await self.fetch("SELECT log_id FROM credit.logs ORDER BY first_seen DESC LIMIT 1"))[0]["log_id"]
        )

    async def stop(self) -> None:
        """End every process, by its pid."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in self.processes.values()))
