"""Records as they come off the broker, made by hand."""

from aiokafka import ConsumerRecord

from contracts.topics import partition_of
from services.kit.decoding import decode_record
from services.kit.records import Record
from tests.kit.lab import PARTITIONS, Lab

NOW_MS = 1_772_000_000_000


def record(
    topic: str, offset: int, value: bytes | None, key: bytes | None, partition: int | None = None
) -> Record:
    """Return a record, decoded or with the reason why it could not be."""
    if partition is None:
        partition = partition_of(key or b"", PARTITIONS)
    sizes = len(key or b""), len(value or b"")
    raw = ConsumerRecord(topic, partition, offset, NOW_MS + offset, 0, key, value, None, *sizes, ())
    return decode_record(topic, 0, PARTITIONS, raw)


async def begin(lab: Lab, next_offset: int = 0) -> None:
    """Make the offset rows that an assignment would make."""
    for topic in lab.topics:
        for partition in range(PARTITIONS):
            await lab.fetch(
                "INSERT INTO consumer_offsets VALUES ($1, $2, $3, $4)",
                lab.log_id,
                topic,
                partition,
                next_offset,
            )
