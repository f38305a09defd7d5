"""The credit service's own batch path, fed by hand: everything but the broker."""

from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from contracts.envelope import Event
from services.credit.processor import CreditProcessor, JournalReceipts
from services.credit.store import Ledger
from services.kit.batch import BatchApplier, Outcome
from services.kit.database import Database
from services.kit.records import Record
from tests.services.credit import events as made

LOG_ID = "log-of-the-test"


class Live:
    """One process of the service."""

    def __init__(self, database: Database, currency: str = "CNY") -> None:
        self.database = database
        self.currency = currency
        self.ledger = Ledger(made.partition, currency)
        self.processor = CreditProcessor(self.ledger)
        self.applier = BatchApplier(
            "credit",
            database,
            self.processor,
            log_id=LOG_ID,
            zone=ZoneInfo("UTC"),
            retry_attempts=20,
            dead_letter_limit=1_000_000,
            receipts=JournalReceipts(),
        )

    async def apply(self, records: Sequence[Record]) -> Outcome:
        """Apply one batch."""
        return await self.applier.apply(list(records))

    def lose_memory(self) -> None:
        """Begin like a process that was just started."""
        self.ledger = Ledger(made.partition, self.currency)
        self.processor._ledger = self.ledger

    async def apply_events(self, *events: Event[Any]) -> Outcome:
        """Apply events that come next on the log, as one batch."""
        return await self.apply(await numbered(self.database, events))

    async def refusals(self) -> list[tuple[str, str]]:
        """Field and reason of what was set aside."""
        rows = await self.database.pool.fetch("SELECT field, reason FROM dead_letters ORDER BY id")
        return [(row["field"], row["reason"]) for row in rows]


def numbered_from(offset: int, events: Iterable[Event[Any]]) -> list[Record]:
    """Give the events of one partition the offsets from ``offset`` on."""
    records = [made.record(event) for event in events]
    for number, record in enumerate(records):
        record.offset = offset + number
    return records


async def numbered(database: Database, events: Iterable[Event[Any]]) -> list[Record]:
    """Give events the next offsets of their partitions, which must have rows to lock."""
    records = [made.record(event) for event in events]
    ends: dict[tuple[str, int], int] = {}
    places = {(record.topic, record.partition) for record in records}
    await database.pool.executemany(
        """INSERT INTO consumer_offsets (log_id, topic, partition, next_offset) VALUES ($1, $2, $3, 0)
           ON CONFLICT DO NOTHING""",
        [(LOG_ID, *place) for place in places],
    )
    for row in await database.pool.fetch(
        "SELECT topic, partition, next_offset FROM consumer_offsets WHERE log_id = $1", LOG_ID
    ):
        ends[row["topic"], row["partition"]] = row["next_offset"]
    for record in records:
        record.offset = ends[record.topic, record.partition]
        ends[record.topic, record.partition] += 1
    return records
