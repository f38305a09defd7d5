"""Whether the log on the broker is the one that the stored offsets belong to, whole and going on where they stand."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord, TopicPartition

from services.kit.database import Database
from services.kit.errors import LogMismatchError
from services.kit.records import fingerprint


class StoredOffset(NamedTuple):
    """How far a partition was applied.

    Attributes:
        next_offset: everything below it was.
        fingerprint: that of the record just below; None where nothing was.
    """

    next_offset: int
    fingerprint: bytes | None


NEVER_READ = StoredOffset(0, None)


class LogCheck:
    """The checks of one assignment's partitions, from the seek to the first fetch."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._fingerprints: dict[TopicPartition, bytes] = {}
        self._next: dict[TopicPartition, int] = {}
        self._unproven: dict[TopicPartition, int] = {}

    def clear(self) -> None:
        """Forget an assignment."""
        self._fingerprints.clear()
        self._next.clear()
        self._unproven.clear()

    def first_offset(self, partition: TopicPartition, mark: StoredOffset, begin: int, end: int) -> int:
        """Return where to begin to read: at the stored offset, or one before it to look at what was applied last.

        Args:
            begin: the first offset the broker has.
            end: the offset after the last one, as far as the broker's answer can be trusted.

        Raises:
            LogMismatchError: when retention has deleted what was not yet applied.
        """
        stored = mark.next_offset
        if stored > end:
            self._unproven[partition] = stored
        if stored and stored < begin:
            raise LogMismatchError(
                f"{_place(partition)} begins at {begin}, but {self._service} needs {stored}: retention has deleted "
                "what was not yet applied. See deploy/runbook.md, 'Retention past the stored offset'."
            )
        self._next[partition] = max(stored, begin)
        if mark.fingerprint is not None and stored > begin:
            self._fingerprints[partition] = mark.fingerprint
            return stored - 1
        return self._next[partition]

    def prove(self, highwater: Callable[[TopicPartition], int | None]) -> None:
        """Stop if a partition that seemed to end before the stored offset really does, as its first fetch tells.

        Raises:
            LogMismatchError: going on would silently skip whatever is written up to the stored offset.
        """
        for partition, stored in list(self._unproven.items()):
            end = highwater(partition)
            if end is None:
                continue
            if end < stored:
                raise LogMismatchError(
                    f"{_place(partition)} ends at {end}, but {self._service} has applied everything below {stored}: "
                    "the log lost a part or was made anew. Nothing was skipped. See deploy/runbook.md, "
                    "'A log that went backwards'."
                )
            del self._unproven[partition]

    def fresh(
        self, partition: TopicPartition, records: Sequence["ConsumerRecord[bytes, bytes]"]
    ) -> Sequence["ConsumerRecord[bytes, bytes]"]:
        """Return ``records`` without the one that was fetched only to be compared with what was applied.

        Raises:
            LogMismatchError: when it is another one.
        """
        expected = self._fingerprints.pop(partition, None)
        if expected is None or records[0].offset >= self._next[partition]:
            return records
        first = records[0]
        if fingerprint(first.key, first.value, first.timestamp) != expected:
            raise LogMismatchError(
                f"{_place(partition)} holds another record at offset {first.offset} than the one {self._service} "
                "applied: this is not the log the stored offsets belong to. See deploy/runbook.md."
            )
        return records[1:]


async def stored_offsets(
    database: Database, log_id: str, prefix: str, assignment: Collection[TopicPartition]
) -> dict[TopicPartition, StoredOffset]:
    """Read the stored offsets of ``assignment``, making rows for partitions met for the first time.

    Args:
        prefix: what the installation's topics begin with; rows have the names without it.
    """
    async with database.unit_of_work() as unit:
        await unit.connection.execute(
            """INSERT INTO consumer_offsets (log_id, topic, partition, next_offset)
               SELECT $1, topic, partition, 0 FROM unnest($2::text[], $3::int[]) AS n (topic, partition)
               ORDER BY topic, partition ON CONFLICT DO NOTHING""",
            log_id,
            [p.topic.removeprefix(prefix) for p in assignment],
            [p.partition for p in assignment],
        )
        rows = await unit.connection.fetch(
            "SELECT topic, partition, next_offset, fingerprint FROM consumer_offsets WHERE log_id = $1",
            log_id,
        )
    return {
        TopicPartition(prefix + row["topic"], row["partition"]): StoredOffset(
            row["next_offset"], row["fingerprint"]
        )
        for row in rows
    }


def _place(partition: TopicPartition) -> str:
    return f"{partition.topic}-{partition.partition}"
