"""The kit's own tables as SQLAlchemy Core sees them, for reads. The SQL that makes them is in migrations/."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

kit_metadata = MetaData()
_time = DateTime(timezone=True)

logs = Table(
    "logs",
    kit_metadata,
    Column("log_id", Text, primary_key=True),
    Column("first_seen", _time, nullable=False),
)

consumer_offsets = Table(
    "consumer_offsets",
    kit_metadata,
    Column("log_id", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
    Column("fingerprint", LargeBinary),
)

partition_days = Table(
    "partition_days",
    kit_metadata,
    Column("partition", Integer, primary_key=True),
    Column("day", Date, nullable=False),
)

receipts = Table(
    "receipts",
    kit_metadata,
    Column("event_key", LargeBinary, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
)

outbox_batches = Table(
    "outbox_batches",
    kit_metadata,
    Column("batch_id", BigInteger, Identity(always=True), primary_key=True),
    Column("created_at", _time, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("published_at", _time),
)

outbox = Table(
    "outbox",
    kit_metadata,
    Column("batch_id", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("partition", Integer),
    Column("key", LargeBinary, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

dead_letters = Table(
    "dead_letters",
    kit_metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("log_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("field", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("recorded_at", _time, nullable=False),
    Column("resolved_at", _time),
    Column("resolved_by", Text),
)

idempotency_keys = Table(
    "idempotency_keys",
    kit_metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_digest", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("created_at", _time, nullable=False),
)
