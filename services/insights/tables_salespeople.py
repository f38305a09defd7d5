"""The tables of the performance of salespeople. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.insights.tables_dormancy import metadata as metadata

dated_policies = Table(
    "dated_policies",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("from_day", Date, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("by", Text),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

stale_salespeople = Table(
    "stale_salespeople",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("salesperson_id", Text, nullable=False),
)

product_margins = Table(
    "product_margins",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("costed_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger, nullable=False),
)

stale_product_months = Table(
    "stale_product_months",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("month", Date, nullable=False),
)
