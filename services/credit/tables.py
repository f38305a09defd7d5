"""The tables of the credit schema, for reads (the migrations make them; a test holds the two together)."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.credit import risk_tables

metadata = risk_tables.metadata
"""One for all tables of the schema."""


def _own() -> tuple[Column[Any], ...]:
    """What a document in another currency keeps of its own; the empty currency: it is in the account's."""
    return (
        Column("own_currency", Text, nullable=False, server_default=text("''")),
        Column("own_amount", BigInteger, nullable=False, server_default=text("0")),
        Column("factor", Text, nullable=False, server_default=text("''")),
    )


policies = Table(
    "policies",
    metadata,
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    Column("effective_from", Date),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    Column("created_by", Text),
    Column("reason", Text, nullable=False, server_default=text("''")),
    Column("activated_at", DateTime(timezone=True)),
    Column("activated_by", Text),
    Column("activation_reason", Text, nullable=False, server_default=text("''")),
)

partition_policies = Table(
    "partition_policies",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("from_day", Date, nullable=False),
    Column("activated_at", Text, nullable=False),
    Column(
        "turn",
        Integer,
        comment="1, 2 ... in the order of coming into force; null: its day has not begun",
    ),
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
    Column("invoice_at", Text, nullable=False),
    Column("credit_at", Text, nullable=False),
    Column("last_order_on", Date),
    Column("last_invoice_on", Date),
    Column("last_payment_on", Date),
    Column("risk_class", Text),
    Column("settled_items", Integer, nullable=False, server_default=text("0")),
    Column("settled_days_late", BigInteger, nullable=False, server_default=text("0")),
)
Index(
    "accounts_waking",
    accounts.c.partition,
    accounts.c.wakes_on,
    postgresql_where=accounts.c.wakes_on.is_not(None),
)

back_tests = Table(
    "back_tests",
    metadata,
    Column("back_test_id", Text, primary_key=True),
    Column("policy", JSONB, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True)),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("total", BigInteger, nullable=False, server_default=text("0")),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("totals", JSONB, nullable=False, server_default=text("'{}'")),
)

back_test_customers = Table(
    "back_test_customers",
    metadata,
    Column("back_test_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    *(Column(name, Integer, nullable=False) for name in ("decisions", "blocked", "passed", "restated")),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("sales_blocked", "sales_passed", "overdue_avoided")
    ),
)

back_test_flips = Table(
    "back_test_flips",
    metadata,
    Column("back_test_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", Text, nullable=False),
    Column("journal_seq", BigInteger, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("recorded", Text, nullable=False),
    Column("candidate", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reasons", JSONB, nullable=False),
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
    Column("term_days", Integer),
    Column(
        "factor",
        Text,
        nullable=False,
        server_default=text("''"),
        comment="what a minor unit of its currency is worth in the account's; empty: it is the account's",
    ),
    Column("cancelled", Boolean, nullable=False, server_default=text("false")),
    Column("delivered", BigInteger, nullable=False, server_default=text("0")),
)
Index("orders_held", orders.c.customer_id, postgresql_where=orders.c.status == "held")

cases = Table(
    "cases",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("opened_seq", BigInteger, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date),
    Column("level", Integer, nullable=False),
)
Index("cases_customer", cases.c.customer_id)

overrides = Table(
    "overrides",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("by", Text, nullable=False),
)

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
    Column("settled_on", Date),
    *_own(),
    Column(
        "passes_on",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="no invoice, but money in hand that went to another customer and has to be there",
    ),
)
Index(
    "items_open",
    items.c.customer_id,
    items.c.due_on,
    items.c.invoice_id.collate("C"),
    postgresql_where=items.c.open > 0,
)

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
    Column("at", Text, nullable=False),
    *_own(),
    Column("exchange", BigInteger, nullable=False, server_default=text("0")),
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
Index("journal_days", journal.c.day, postgresql_using="brin")
Index(
    "journal_payments",
    journal.c.day,
    func.encode(journal.c.event_key, "hex"),
    postgresql_where=journal.c.kind == "credit",
)
