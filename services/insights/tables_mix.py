"""The tables of product mix. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.insights.tables import metadata as metadata

mix_comparisons = Table(
    "mix_comparisons",
    metadata,
    Column("comparison_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

customer_mix = Table(
    "customer_mix",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("comparison_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("one_minor", BigInteger, nullable=False),
    Column("two_minor", BigInteger, nullable=False),
)
