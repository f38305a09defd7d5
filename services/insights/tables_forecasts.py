"""The tables of forecasts. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Float, Identity, Integer, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.insights.tables_segments import metadata as metadata

order_populations = Table(
    "order_populations",
    metadata,
    Column("version", BigInteger, Identity(always=True), primary_key=True),
    Column("currency", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("customers", BigInteger, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("fitted_at", DateTime(timezone=True), nullable=False),
    *(Column(name, Float(53)) for name in ("repeat_chance", "repeat_worth")),
)

order_forecasts = Table(
    "order_forecasts",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("days", BigInteger, nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    *(Column(name, Float(53), nullable=False) for name in ("log_gaps", "log_gaps_squared", "fast", "slow")),
    Column("amount", BigInteger, nullable=False),
    Column("log_amounts", Float(53), nullable=False),
    Column("forecast_on", Date),
    Column("population", BigInteger),
    Column("month_orders", Float(53)),
    Column("month_amount", BigInteger),
    Column("month", Date),
    Column("whole_orders", Float(53)),
    Column("whole_amount", BigInteger),
    Column("orders_30", Float(53)),
    Column("median_30", Integer),
    Column("amount_30", BigInteger),
    Column("orders_90", Float(53)),
    Column("median_90", Integer),
    Column("amount_90", BigInteger),
    Column("active", Float(53)),
    Column("expected_day", Date),
    Column("earliest", Date),
    Column("latest", Date),
    Column("order_amount", BigInteger),
    Column("typical_amount", BigInteger),
    Column("silent_since", Date),
    Column("usual_gap", Float(53)),
    Column("stake_month", Date),
    Column("at_stake", BigInteger),
)

usual_products = Table(
    "usual_products",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("orders", Integer, nullable=False),
    Column("product_ids", ARRAY(Text), nullable=False),
    Column("times", ARRAY(Integer), nullable=False),
    Column("quantities_milli", ARRAY(BigInteger), nullable=False),
    Column("orders_before", ARRAY(Integer), nullable=False),
    Column("last_days", ARRAY(Date), nullable=False),
)
