"""The tables behind risk: what is derived from the books, and what persons set, entered and ruled."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

risk_policies = Table(
    "risk_policies",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("by", Text),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

risk_entries = Table(
    "risk_entries",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("entered", JSONB, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

risk_rulings = Table(
    "risk_rulings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("accepted", Boolean, nullable=False),
    Column("proposal", JSONB, nullable=False),
    Column("event", Text),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

invoice_history = Table(
    "invoice_history",
    metadata,
    Column("invoice_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column(
        "settled_seq",
        BigInteger,
        comment="the journal entry that last paid it; null: open, or settled without money",
    ),
    Column("settled_on", Date),
    comment="derived from the journal, a moment behind it: what the risk of a customer is read from",
)
Index("invoice_history_issued", invoice_history.c.customer_id, invoice_history.c.issued_on)
Index("invoice_history_due", invoice_history.c.customer_id, invoice_history.c.due_on)
Index("invoice_history_open", invoice_history.c.customer_id, postgresql_where=invoice_history.c.open > 0)
Index(
    "invoice_history_settled",
    invoice_history.c.customer_id,
    invoice_history.c.settled_seq,
    postgresql_where=invoice_history.c.settled_seq.is_not(None),
)

payment_populations = Table(
    "payment_populations",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

risk_standings = Table(
    "risk_standings",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column(
        "seq",
        BigInteger,
        nullable=False,
        comment="the journal entry of the customer up to which this standing and invoice_history reach",
    ),
    Column("day", Date),
    Column("currency", Text, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("population_version", Integer, nullable=False),
    Column("score", Integer, nullable=False),
    Column("risk_class", Text, nullable=False),
    Column("exposure", BigInteger, nullable=False),
    Column("call_amount", BigInteger, nullable=False),
    Column("call_value", BigInteger, nullable=False),
    Column("overdue_days", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("told_class", Text, comment="the class last told to the world; null: it is the first"),
)
Index(
    "risk_standings_untold",
    risk_standings.c.customer_id,
    postgresql_where=and_(
        risk_standings.c.told_class.is_distinct_from(risk_standings.c.risk_class), risk_standings.c.seq > 0
    ),
)
Index("risk_standings_score", risk_standings.c.score, risk_standings.c.customer_id)
Index(
    "risk_standings_call",
    risk_standings.c.currency,
    risk_standings.c.call_value,
    risk_standings.c.customer_id,
    postgresql_where=risk_standings.c.call_value > 0,
)
