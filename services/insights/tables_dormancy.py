"""The tables of dormancy: follow-ups, salespeople and dormant spells. What each holds is said in migrations/."""

from sqlalchemy import Column, Date, DateTime, Integer, Table, Text

from services.insights.tables_forecasts import metadata as metadata

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("follow_up_id", Text, primary_key=True),
    Column("recorded_at", DateTime(timezone=True)),
    Column("salesperson_id", Text),
    Column("how", Text),
    Column("happened_on", Date),
    Column("alert_id", Text),
    Column("completed_on", Date),
)

salespeople = Table(
    "salespeople",
    metadata,
    Column("salesperson_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("active_from", Date, nullable=False),
    Column("active_to", Date),
)

dormant_spells = Table(
    "dormant_spells",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("last_order_day", Date, primary_key=True),
    Column("days_on", Date),
    Column("rhythm_on", Date),
    Column("revived_on", Date),
    Column("credited_to", Text, nullable=False),
    Column("follow_up_id", Text),
)
