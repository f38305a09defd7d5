"""Applies events to the database as the consumer does: receipts, refusals and offsets included."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from contracts.codec import encode
from contracts.envelope import Event
from contracts.events import EVENT_TYPES
from contracts.topics import consumed_by
from services.insights import tables
from services.insights.all_tables import metadata
from services.insights.handlers import HANDLERS
from services.insights.store import InsightsStore
from services.kit.batch import BatchApplier
from services.kit.database import Database
from services.kit.processor import TableProcessor
from services.kit.records import Record
from services.kit.tables import kit_metadata

ZONE = ZoneInfo("Asia/Shanghai")
LOG = "test-log"

_TABLES = [*metadata.tables, *kit_metadata.tables]


async def empty(database: Database) -> None:
    """Delete every row: on small tables much faster than TRUNCATE, which makes new files."""
    # Some tables are written once, which is enforced by triggers.
    deletions = ";".join(f"DELETE FROM {table}" for table in _TABLES)
    await database.pool.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletions}; COMMIT")


@dataclass
class Processing:
    """One consumer of insights without a broker."""

    database: Database
    applier: BatchApplier
    partition: int = 0
    offset: int = 0

    @classmethod
    async def on(cls, database: Database, zone: ZoneInfo = ZONE, partition: int = 0) -> "Processing":
        await database.pool.execute(
            """INSERT INTO consumer_offsets (log_id, topic, partition, next_offset)
               SELECT $1, topic, $2, 0 FROM unnest($3::text[]) AS topic""",
            LOG,
            partition,
            list(consumed_by("insights")),
        )
        store = InsightsStore(zone)
        applier = BatchApplier(
            "insights",
            database,
            TableProcessor(HANDLERS, store.load, store.save),
            log_id=LOG,
            zone=zone,
            retry_attempts=9,
            dead_letter_limit=1_000_000,
        )
        return cls(database, applier, partition)

    async def apply(self, *events: Event[Any]) -> None:
        """Apply events as one batch."""
        await self.applier.apply([self._record(event) for event in events])

    async def apply_each(self, events: Iterable[Event[Any]]) -> None:
        """Apply each event as a batch of its own."""
        for event in events:
            await self.apply(event)

    def _record(self, event: Event[Any]) -> Record:
        topic = EVENT_TYPES[event.type].TOPIC
        moment = event.occurred_at.timestamp()
        self.offset += 1
        key, value = event.key.encode(), encode(event)
        return Record(
            topic, 0, self.partition, self.offset, key, value, (), int(moment * 1000), moment, event, None
        )

    async def rows(self, table: str, where: str = "true", *arguments: Any) -> list[dict[str, Any]]:
        """Rows of a table in the order of its key."""
        keys = ", ".join(column.name for column in tables.metadata.tables[table].primary_key.columns)
        found = await self.database.pool.fetch(
            f"SELECT * FROM {table} WHERE {where} ORDER BY {keys}", *arguments
        )
        return [dict(row) for row in found]

    async def row(self, table: str) -> dict[str, Any]:
        """The only row of a table."""
        [row] = await self.rows(table)
        return row

    async def refusals(self) -> list[str]:
        """Why events were set aside, in order."""
        rows = await self.database.pool.fetch("SELECT field, reason FROM dead_letters ORDER BY id")
        return [f"{row['field']}: {row['reason']}" for row in rows]
