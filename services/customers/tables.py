"""The tables of this service, as SQLAlchemy Core knows them; ``migrations/`` makes them. Amounts are minor units."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.customers.tables_access import access_tables
from services.customers.tables_people import people_tables

metadata = MetaData()

_INSTANT = DateTime(timezone=True)


def _phones() -> Column[list[str]]:
    return Column("phones", ARRAY(Text), nullable=False, server_default=text("'{}'"))


customers = Table(
    "customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column(
        "revision", Integer, nullable=False, comment="of the card in force; 0: nobody has entered a card yet"
    ),
    Column("changed_at", _INSTANT),
    Column("name", Text, nullable=False),
    Column("short_name", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("business_form", Text, nullable=False),
    Column("ownership", Text, nullable=False),
    Column("bank_account", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("created", LargeBinary, comment="digest of the card it was entered with"),
    Column("created_at", _INSTANT),
    Column("blacklisted", Boolean, nullable=False),
    Column("blacklist_reason", Text, nullable=False),
    Column("blacklist_changed_at", _INSTANT),
    _phones(),
    Index("customers_by_name", "name", "customer_id"),
    Index("customers_by_region", "region", "customer_id"),
    Index("customers_by_category", "category", "customer_id"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("email", Text, nullable=False),
    _phones(),
    Column("chat", Text, nullable=False, server_default=text("''")),
    Column("preferred", Boolean, nullable=False, server_default=text("false")),
    Column("notes", Text, nullable=False, server_default=text("''")),
)

cards = Table(
    "cards",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("changed_at", _INSTANT, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("producer", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    comment="Every card a customer ever had; written once.",
)

assignments = Table(
    "assignments",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("from_day", Date, primary_key=True),
    Column("salesperson_id", Text, nullable=False),
    Column("assigned_at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Index("assignments_by_salesperson", "salesperson_id", "customer_id"),
    comment="Who looks after a customer from a day on, until the day of the next row.",
)

blacklistings = Table(
    "blacklistings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("at", _INSTANT, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("producer", Text, nullable=False),
    comment="Every blacklisting and lifting; written once.",
)

standings = Table(
    "standings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("journal_seq", BigInteger, nullable=False, comment="of the snapshot; 0: none yet"),
    Column("told_at", _INSTANT),
    Column("day", Date),
    Column("currency", Text),
    Column("limit_minor", BigInteger, comment="null: unlimited; 0: cash only"),
    Column("term_days", Integer, nullable=False),
    Column("open_orders_minor", BigInteger, nullable=False),
    Column("shipped_minor", BigInteger, nullable=False),
    Column("invoiced_minor", BigInteger, nullable=False),
    Column("unapplied_minor", BigInteger, nullable=False),
    Column("exposure_minor", BigInteger, nullable=False),
    Column("overdue_minor", BigInteger, nullable=False),
    Column("overdue_items", Integer, nullable=False),
    Column("overdue_days", Integer, nullable=False),
    Column("held_orders", Integer, nullable=False),
    Column("blacklisted", Boolean, nullable=False),
    Column("on_hold", Boolean, nullable=False),
    Column("approved", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("released", Integer, nullable=False),
    Column("decided_at", _INSTANT),
)

changes, staff, follow_ups, satisfactions, prospects, grading_policies, task_policies = people_tables(
    metadata
)
accounts, sessions, login_attempts, access_audit, setup_tokens, api_keys, oidc_logins = access_tables(
    metadata
)
