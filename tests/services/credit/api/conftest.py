"""The credit service with its HTTP app, on a real PostgreSQL and a real broker, shared by the tests of this folder."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest_asyncio

from contracts.envelope import Event
from contracts.topics import topics
from deploy.local.postgres import LocalPostgres
from deploy.local.tansu import TansuBroker
from deploy.local.topics import ensure_topics
from services.credit.app import service
from services.credit.verify import verify
from services.kit.http.app import create_app
from services.kit.runtime import Runtime
from services.kit.settings import Settings
from tests.services.credit import events as made
from tests.services.credit.api.history import trade
from tests.services.credit.live import Live
from tests.waiting import until

KEYS = {role: f"{role}-key-0123456789" for role in ("sales", "finance", "manager", "ops", "system")}

PEOPLE = {
    "clerk": ("clerk-key-0123456789", "finance", "clerk"),
    "clerk's other key": ("clerk-key-9876543210", "manager", " ＣＬＥＲＫ"),
    "deputy": ("deputy-key-0123456789", "finance", "deputy"),
}
"""Further people: key, role and name. Tests give them ceilings of their own."""


@dataclass
class Till:
    """Talks to one running credit service, as finance unless told otherwise, about customers of its own."""

    client: httpx.AsyncClient
    runtime: Runtime
    live: Live
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new(self, kind: str = "C") -> str:
        """A fresh id."""
        return f"{kind}-{next(self._numbers)}"

    async def ask(
        self, method: str, path: str, body: Any = None, *, role: str | None = "finance", **options: Any
    ) -> httpx.Response:
        """Send a request."""
        headers = dict(options.pop("headers", {}))
        if role is not None:
            key = KEYS[role] if role in KEYS else PEOPLE[role][0]
            headers["Authorization"] = f"Bearer {key}"
        return await self.client.request(method, path, json=body, headers=headers, **options)

    async def get(self, path: str, *, status: int = 200, **options: Any) -> Any:
        """Ask and return the body."""
        answer = await self.ask("GET", path, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, *, status: int = 200, **options: Any) -> Any:
        """Send a body and return the answer's."""
        answer = await self.ask("POST", path, body, **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def happened(self, type_: str, minute: float = 0, **fields: Any) -> Event[Any]:
        """Let an event come in as from the broker."""
        event = made.event(type_, minute, **fields)
        await self.live.apply_events(event)
        return event

    async def customer(self, limit: str | None = "500.00", **terms: Any) -> str:
        """A customer with terms."""
        customer = self.new()
        await self.happened("terms.set", customer_id=customer, limit=limit, **terms)
        return customer

    async def order(self, customer: str, amount: str, minute: float = 1, **fields: Any) -> str:
        """A placed order."""
        order = fields.pop("order_id", None) or self.new("O")
        await self.happened(
            "order.placed", minute, customer_id=customer, order_id=order, amount=amount, **fields
        )
        return order

    async def invoice(self, customer: str, amount: str, minute: float = 2, **fields: Any) -> str:
        """An issued invoice."""
        invoice = fields.pop("invoice_id", None) or self.new("I")
        await self.happened(
            "order.invoiced",
            minute,
            **{"customer_id": customer, "invoice_id": invoice, "amount": amount, "order_id": None} | fields,
        )
        return invoice

    async def outcome(self, order: str) -> str:
        """The decision in force."""
        decision = await self.get(f"/decisions/{order}")
        found: str = decision["effective"]["outcome"]
        return found


async def until_published(till: Till) -> None:
    """Wait until the outbox is empty."""

    async def done() -> bool:
        left = await till.runtime.database.pool.fetchval(
            "SELECT count(*) FROM outbox_batches WHERE published_at IS NULL"
        )
        return bool(left == 0)

    await until(done)


async def installed(
    postgres: LocalPostgres, broker: TansuBroker, template: str, **changes: object
) -> Settings:
    """Return settings with a database, topics and keys of their own."""
    name = f"api_{uuid.uuid4().hex[:12]}"
    url = await asyncio.to_thread(postgres.create_database, name, template=template)
    await ensure_topics(broker.bootstrap, [(f"{name}.{topic}", made.PARTITIONS, {}) for topic in topics()])
    values: dict[str, object] = {
        "database_url": url,
        "kafka_bootstrap": broker.bootstrap,
        "kafka_idempotence": False,
        "topic_prefix": f"{name}.",
        "partitions": made.PARTITIONS,
        "timezone": "UTC",
        "clock": "events",
        "api_keys": ",".join(
            [f"{key}:{role}:{role}-person" for role, key in KEYS.items()]
            + [":".join(person) for person in PEOPLE.values()]
        ),
    }
    return Settings.model_validate(values | changes)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def credit_settings(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str
) -> Settings:
    return await installed(postgres_server, tansu_server, credit_template)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Till]:
    """A running service on the first day; whatever is done to it, its books must be right in the end."""
    app = create_app(service, settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://tallyman.test") as client,
    ):

        async def ready() -> bool:
            return (await client.get("/ready")).status_code == 200

        await until(ready)
        runtime: Runtime = app.state.runtime
        till = Till(client, runtime, Live(runtime.database))
        for partition in range(made.PARTITIONS):
            await till.happened("clock.day_started", -60, day=made.DAY, partition=partition)
        yield till
        await until_published(till)
        report = await verify(runtime.database)
        assert report.problems == []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def till(credit_settings: Settings) -> AsyncIterator[Till]:
    async with opened(credit_settings) as shared:
        yield shared


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def traded(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str
) -> AsyncIterator[Till]:
    """A service with sixty days behind it, for tests that only read."""
    async with opened(await installed(postgres_server, tansu_server, credit_template)) as till:
        await trade(till)
        yield till


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(
    postgres_server: LocalPostgres, tansu_server: TansuBroker, credit_template: str
) -> AsyncIterator[Till]:
    """An installation of its own: a policy is everybody's."""
    async with opened(await installed(postgres_server, tansu_server, credit_template)) as till:
        yield till
