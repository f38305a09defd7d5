"""The tables of forecasts as they were made. What each holds is said in migrations/."""

from sqlalchemy import BigInteger, Column, Date, Float, Integer, Table, Text

from services.insights.tables_forecasts import metadata as metadata

awaited_orders = Table(
    "awaited_orders",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("last_order_day", Date, primary_key=True),
    Column("made_on", Date, nullable=False),
    Column("population", BigInteger, nullable=False),
    *(Column(name, Date, nullable=False) for name in ("expected_day", "earliest", "latest")),
    *(Column(name, BigInteger, nullable=False) for name in ("amount", "typical_amount")),
    *(Column(name, Date) for name in ("mean_gap_day", "median_gap_day")),
    *(Column(name, BigInteger, nullable=False) for name in ("mean_amount", "last_amount")),
    Column("came_on", Date),
    Column("came_amount", BigInteger),
)

forecast_months = Table(
    "forecast_months",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("made_on", Date, nullable=False),
    Column("population", BigInteger, nullable=False),
    Column("orders", Float(53), nullable=False),
    Column("median_orders", Integer, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("last_orders", Integer, nullable=False),
    Column("last_amount", BigInteger, nullable=False),
    Column("year_orders", Integer),
    Column("year_amount", BigInteger),
    Column("came_orders", Integer),
    Column("came_amount", BigInteger),
)
