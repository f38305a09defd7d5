"""The tables of segments: values, classes and the rules they follow. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.insights.rules.abc import DIMENSIONS
from services.insights.tables import metadata as metadata

segment_policies = Table(
    "segment_policies",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("by", Text),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

customer_values = Table(
    "customer_values",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("products", BigInteger, nullable=False),
    Column("profit_minor", BigInteger),
    Column("margin_ppm", BigInteger),
    Column("quantity_milli", BigInteger, nullable=False),
    Column("collections_minor", BigInteger, nullable=False),
    Column("last_order_day", Date),
    Column("total_minor", BigInteger, nullable=False),
    Column("recent_minor", BigInteger, nullable=False),
    Column("before_minor", BigInteger, nullable=False),
    Column("standing_points", Integer),
    Column("prospects_points", Integer),
)

unranked_currencies = Table(
    "unranked_currencies",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("customer_id", Text),
)

rankings = Table(
    "rankings",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

customer_classes = Table(
    "customer_classes",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    *(Column(f"{dimension}_class", Text) for dimension in DIMENSIONS),
    Column("overall", Text),
    Column("recency", Integer),
    Column("frequency", Integer),
    Column("monetary", Integer),
    Column("rfm_group", Text),
    Column("tier", Text),
    Column("sales_points", Integer),
    Column("grade", Text),
    Column("grade_percent", Integer),
)

class_changes = Table(
    "class_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("previous", Text),
    Column("current", Text),
    Column("moved", JSONB, nullable=False),
)

customer_stages = Table(
    "customer_stages",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("revived_on", Date),
    Column("orders", BigInteger, nullable=False),
)

closed_months = Table(
    "closed_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("closed_at", DateTime(timezone=True), nullable=False),
)

segment_months = Table(
    "segment_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("profit_minor", BigInteger),
    *(Column(f"{dimension}_class", Text) for dimension in DIMENSIONS),
    Column("overall", Text),
    Column("rfm_group", Text),
    Column("tier", Text),
    Column("grade", Text),
    Column("grade_percent", Integer),
)

stage_months = Table(
    "stage_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
)

growth_months = Table(
    "growth_months",
    metadata,
    Column("month", Date, primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("gained", "lost", "revived", "active", "dormant", "prospects")
    ),
)
