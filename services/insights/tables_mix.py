"""The tables of product mix and stopped products. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Table, Text
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

stopped_products = Table(
    "stopped_products",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("purchases", Integer, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("stopped_on", Date, nullable=False),
    Column("year_minor", BigInteger, nullable=False),
    Column("ordered_since", Integer, nullable=False),
)
