"""The tables of delivery as SQLAlchemy Core sees them. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Integer, Table, Text, Time, true

from services.insights.tables_alerts import alerts

metadata = alerts.metadata
"""The same of every table here, so whoever has this one has them all."""


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> "Column[int]":
    return Column(name, Integer, nullable=False)


recipients = Table(
    "recipients",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    _text("language"),
    _text("timezone"),
    Column("quiet_from", Time),
    Column("quiet_until", Time),
    Column("breaks_through", Boolean, nullable=False),
    _count("digest_minutes"),
    _count("digest_count"),
    _text("set_by"),
    _time("set_at"),
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", Text, primary_key=True),
    *map(_text, ("scope", "name", "kind", "address", "secret", "place", "fingerprint")),
    _count("min_rank"),
    Column("active", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False, server_default=true()),
    _count("failures"),
    _time("paused_until"),
    _time("claimed_until"),
    Column("claim", BigInteger, nullable=False),
    _text("set_by"),
    _time("set_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", BigInteger, Identity(always=True), primary_key=True),
    *map(_text, ("channel_id", "alert_id")),
    _count("version"),
    *map(_text, ("severity", "state")),
    *map(_time, ("created_at", "not_before")),
    _count("attempts"),
    *map(_text, ("last_error", "message")),
    _time("done_at", nullable=True),
)
