"""The tables of the credit schema, for reads (the migrations make them; a test holds the two together)."""

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
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("effective_from", DateTime(timezone=True), nullable=False, server_default=text("now()")),
)

accounts = Table(
    "accounts",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("partition", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("term_days", Integer, nullable=False),
    Column("credit_limit", BigInteger),
    Column("grace_days", Integer, nullable=False),
    Column("single_order_max", BigInteger),
    Column("thresholds", JSONB),
    Column("review_on", Date),
    Column("temporary_limit", BigInteger),
    Column("temporary_from", Date),
    Column("temporary_until", Date),
    Column("blacklist", Text),
    Column("hold", Text),
    Column("open_orders", BigInteger, nullable=False),
    Column("shipped", BigInteger, nullable=False),
    Column("invoiced", BigInteger, nullable=False),
    Column("unapplied", BigInteger, nullable=False),
    Column("held_orders", Integer, nullable=False),
    Column("held_amount", BigInteger, nullable=False),
    Column("overdue_amount", BigInteger, nullable=False),
    Column("overdue_items", Integer, nullable=False),
    Column("oldest_overdue", Date),
    Column("next_due", Date),
    Column("wakes_on", Date),
)
Index(
    "accounts_waking",
    accounts.c.partition,
    accounts.c.wakes_on,
    postgresql_where=accounts.c.wakes_on.is_not(None),
)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column("shipped", BigInteger, nullable=False),
    Column("invoiced", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("decision_seq", BigInteger, nullable=False),
    Column("placed_at", Text, nullable=False),
    Column("promised_on", Date),
    Column("placed_amount", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
)
Index("orders_held", orders.c.customer_id, postgresql_where=orders.c.status == "held")

items = Table(
    "items",
    metadata,
    Column("invoice_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("order_id", Text),
    Column("amount", BigInteger, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("overdue", Boolean, nullable=False),
)
Index("items_open", items.c.customer_id, postgresql_where=items.c.open > 0)

credits = Table(  # noqa: A001 - a builtin of the interactive interpreter only
    "credits",
    metadata,
    Column("credit_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("reversed", Boolean, nullable=False),
    Column("intents", JSONB, nullable=False),
)
Index("credits_remaining", credits.c.customer_id, postgresql_where=credits.c.remaining > 0)

allocations = Table(
    "allocations",
    metadata,
    Column("customer_id", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("credit_id", Text, nullable=False),
    Column("invoice_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
Index("allocations_credit", allocations.c.credit_id)
Index("allocations_invoice", allocations.c.invoice_id)

journal = Table(
    "journal",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column(
        "event_key",
        LargeBinary,
        comment="the receipt of the event; null on the further entries of the same event",
    ),
    Column("digest", LargeBinary),
    Column("body", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
Index("journal_event", journal.c.event_key, unique=True, postgresql_where=journal.c.event_key.is_not(None))
Index(
    "journal_payments",
    journal.c.day,
    func.encode(journal.c.event_key, "hex"),
    postgresql_where=journal.c.kind == "credit",
)

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
)
Index("risk_standings_score", risk_standings.c.score, risk_standings.c.customer_id)
Index(
    "risk_standings_call",
    risk_standings.c.currency,
    risk_standings.c.call_value,
    risk_standings.c.customer_id,
    postgresql_where=risk_standings.c.call_value > 0,
)
