"""The tables of commission. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Integer, Table, Text, func

from services.insights.tables_dormancy import metadata as metadata

write_offs = Table(
    "write_offs",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("write_off_id", Text, primary_key=True),
    Column("invoice_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("written_off_at", DateTime(timezone=True), nullable=False),
    Column("written_off_on", Date, nullable=False),
)

commission_entries = Table(
    "commission_entries",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("salesperson_id", Text, nullable=False),
    Column("invoice_id", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("cause_id", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("base_minor", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
