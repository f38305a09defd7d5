"""The tables of alerts as SQLAlchemy Core sees them. What each holds is said in migrations/."""

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSON, JSONB

from services.insights.tables import metadata


def _key(name: str) -> "Column[str]":
    return Column(name, Text, primary_key=True)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _time(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _count(name: str) -> "Column[int]":
    return Column(name, Integer, nullable=False)


alert_signals = Table(
    "alert_signals",
    metadata,
    *map(_key, ("customer_id", "kind", "subject")),
    Column("rank", BigInteger, nullable=False),
    _time("at"),
    Column("facts", JSON),
    Column("until", Date, nullable=False),
)

prospects = Table(
    "prospects",
    metadata,
    _key("prospect_id"),
    Column("revision", Integer),
    _time("changed_at", nullable=True),
    Column("name", Text),
    Column("salesperson_id", Text),
    Column("next_visit", Date),
    Column("entered_on", Date),
    Column("graded_revision", Integer),
    Column("policy_version", Integer),
    _time("graded_at", nullable=True),
    Column("grade", Text),
    Column("visit_days", Integer),
    Column("visited_on", Date),
    Column("closed_on", Date),
)

alerts = Table(
    "alerts",
    metadata,
    _key("alert_id"),
    *map(_text, ("key", "kind", "customer_id", "subject", "subject_type")),
    _count("occurrence"),
    *map(_text, ("state", "severity", "owner_id", "owner_role")),
    Column("assigned", Boolean, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("documents", ARRAY(Text), nullable=False),
    _time("snoozed_until", nullable=True),
    Column("cause", Boolean, nullable=False),
    _text("origin"),
    _time("raised_at"),
    _time("changed_at"),
    _count("version"),
)

alert_history = Table(
    "alert_history",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    _text("alert_id"),
    _count("version"),
    _text("step"),
    _time("at"),
    *map(_text, ("by", "reason", "state", "severity", "owner_id", "owner_role")),
    _time("snoozed_until", nullable=True),
)

alert_settings = Table(
    "alert_settings",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", JSONB, nullable=False),
    *map(_text, ("reason", "set_by")),
    _time("set_at"),
)
