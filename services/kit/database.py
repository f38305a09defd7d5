"""The database of one service: a pool, and the only place that commits."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.kit import metrics
from services.kit.errors import TRANSIENT_DATABASE_ERRORS, FatalError, passes_by_itself
from services.kit.outbox import OutboxBatch, OutboxRow, write_outbox

ResultT = TypeVar("ResultT")
LIVE_CHANNEL = "tallyman_live"
"""NOTIFY channel of what open pages show; the payload is a topic, such as ``credit.held``."""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

FIRST_BACKOFF_S = 0.05
LAST_BACKOFF_S = 5.0
IDLE_TRANSACTION_TIMEOUT_MS = 15_000
"""A process that is frozen inside a transaction holds its offset rows; after this the one that took over gets them."""


BY_KEY = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""How the pool's statements are planned: once per connection, reaching every row by its key.

They name a few hundred rows of tables of any size, hundreds of times a second. Planning each anew costs more than
running it, and a plan made while the tables were small would go on scanning them when they have grown.
"""


_ANNOUNCE = "SELECT pg_notify($1, topic) FROM unnest($2::text[]) AS topic"


class UnitOfWork:
    """One transaction: its connection, and the events to publish once it is committed."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._rows: list[OutboxRow] = []
        self._topics: set[str] = set()
        self.committed: OutboxBatch | None = None

    def publish(self, row: OutboxRow) -> None:
        """Put one event into the outbox of this transaction."""
        self._rows.append(row)

    def publish_all(self, rows: list[OutboxRow]) -> None:
        """Put several events into the outbox of this transaction, in order."""
        self._rows += rows

    def announce(self, *topics: str) -> None:
        """Tell open pages, when this is committed, that what they show of these topics has changed."""
        self._topics.update(topics)

    async def flush(self) -> OutboxBatch | None:
        """Write the outbox rows and tell open pages; called once, just before the commit."""
        if self._topics:
            await self.connection.execute(_ANNOUNCE, LIVE_CHANNEL, sorted(self._topics))
        return await write_outbox(self.connection, self._rows) if self._rows else None


class Database:
    """Access to one service's schema.

    Reads of the API go through :attr:`engine` (SQLAlchemy Core). Everything that writes goes through
    :meth:`unit_of_work`, so that state, journal, outbox and offsets are one commit.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", engine: AsyncEngine, schema: str) -> None:
        self.pool = pool
        self.engine = engine
        self.schema = schema
        self.on_committed: Callable[[OutboxBatch], None] | None = None

    @classmethod
    async def open(cls, url: str, schema: str, pool_size: int = 8) -> "Database":
        """Connect. ``url`` is ``postgresql://user:password@host:port/name``.

        Raises:
            FatalError: when the server refuses these credentials or this database.
        """
        address = make_url(url)
        settings = {
            "search_path": schema,
            "application_name": f"tallyman-{schema}",
            "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_TIMEOUT_MS),
        }
        try:
            pool = await asyncpg.create_pool(
                **_asyncpg_arguments(address),
                min_size=1,
                max_size=pool_size,
                server_settings=settings | BY_KEY,
                reset=_keep,
            )
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise FatalError(f"PostgreSQL refuses the connection: {error}") from error
        engine = create_async_engine(
            address.set(drivername="postgresql+asyncpg"),
            pool_size=pool_size,
            connect_args={"server_settings": settings},
        )
        return cls(pool, engine, schema)

    async def close(self) -> None:
        """Close both pools."""
        await self.engine.dispose()
        await asyncio.wait_for(self.pool.close(), timeout=10)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """Run the body in one transaction; commit at its end, roll back if it raises.

        After the commit the outbox batch is handed to the publisher.
        """
        async with self.pool.acquire() as connection:
            async with connection.transaction():
                unit = UnitOfWork(connection)  # type: ignore[arg-type]
                yield unit
                batch = await unit.flush()
            unit.committed = batch
        if batch is not None and self.on_committed is not None:
            self.on_committed(batch)

    async def retrying(self, name: str, work: Callable[[], Awaitable[ResultT]], attempts: int) -> ResultT:
        """Run ``work`` again on a transient error, with a bounded back-off that is counted.

        Only for work that may run twice: either it is fenced by the stored offset, or it carries an
        idempotency key. A COMMIT whose reply was lost may have committed.

        Raises:
            FatalError: when it still fails after ``attempts`` tries.
        """
        delay_s = FIRST_BACKOFF_S
        for attempt in range(1, attempts + 1):
            try:
                return await work()
            except TRANSIENT_DATABASE_ERRORS as error:
                if not passes_by_itself(error):
                    raise
                metrics.TRANSIENT_ERRORS.labels(self.schema, type(error).__name__).inc()
                if attempt == attempts:
                    raise FatalError(f"{name}: still failing after {attempts} attempts: {error!r}") from error
                await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))
                delay_s = min(delay_s * 2, LAST_BACKOFF_S)
        raise AssertionError("unreachable")


async def _keep(connection: Connection) -> None:
    """Leave a returned connection as it is: a unit of work ends its transaction and sets nothing on the session.

    asyncpg's own reset would cost a round trip per batch.
    """


def _asyncpg_arguments(address: URL) -> dict[str, Any]:
    return {
        "host": address.host or address.query.get("host"),
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "database": address.database,
    }
