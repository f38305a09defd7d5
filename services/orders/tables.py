"""The tables of this service, as SQLAlchemy Core knows them; ``migrations/`` makes them. Amounts are minor units."""

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
    Numeric,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kit.owners import owners_table

metadata = MetaData()

customer_owners = owners_table(metadata)

_PRICE = Numeric(19, 4)
_INSTANT = DateTime(timezone=True)

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column(
        "dated_at",
        _INSTANT,
        nullable=False,
        comment="placed_at, or the earliest event while that is not known",
    ),
    Column("currency", Text),
    Column("status", Text, nullable=False),
    Column("placed_at", _INSTANT),
    Column("placed_event_id", Text),
    Column("placed_by", Text, comment="the producer that reported it"),
    Column("payment_method", Text),
    Column("salesperson_id", Text),
    Column("revision", Integer, nullable=False, comment="of the body in force: 0 as placed, -1 none known"),
    Column("amount_minor", BigInteger, nullable=False),
    Column("promised_on", Date),
    Column("cancelled_at", _INSTANT),
    Column("cancel_reason", Text),
    Column("decision_overdue_at", _INSTANT, comment="when it was found that nobody had decided in time"),
    Column("decision_version", Integer, nullable=False, comment="of the effective decision, 0: none"),
    Column("decision_kind", Text),
    Column("outcome", Text),
    Column("shipments", Integer, nullable=False),
    Column("shipped_minor", BigInteger, nullable=False),
    Column("invoices", Integer, nullable=False),
    Column("invoiced_minor", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
    Index("orders_by_date", "dated_at", "order_id"),
    Index("orders_by_customer", "customer_id", "dated_at", "order_id"),
    Index(
        "orders_undecided",
        "order_id",
        postgresql_where=text("decision_version = 0 AND status IN ('placed', 'held')"),
    ),
    Index("orders_by_salesperson", "salesperson_id", "dated_at", "order_id"),
)

order_revisions = Table(
    "order_revisions",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("producer", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("promised_on", Date),
    Column("digest", LargeBinary, nullable=False),
    comment="Every body an order ever had; written once.",
)


def _line_columns() -> list[Column[object]]:
    return [
        Column(
            "line", Integer, primary_key=True, autoincrement=False, comment="0, 1, 2 ... as on the document"
        ),
        Column("product_id", Text, nullable=False),
        Column("quantity_milli", BigInteger, nullable=False),
        Column("unit_price", _PRICE, nullable=False),
        Column("amount_minor", BigInteger, nullable=False),
    ]


order_lines = Table(
    "order_lines",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    *_line_columns(),
)

decisions = Table(
    "decisions",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", Text, nullable=False, comment="approved, held, rejected or released"),
    Column("outcome", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("exposure_minor", BigInteger, nullable=False),
    Column("limit_minor", BigInteger, comment="null: unlimited"),
    Column("journal_seq", BigInteger, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("decided_by", Text),
    Column("comment", Text, nullable=False),
    Column("decided_at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    comment="Every version of every decision, as credit published it; written once.",
)

shipments = Table(
    "shipments",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("shipment_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

invoices = Table(
    "invoices",
    metadata,
    Column("invoice_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("order_id", Text, comment="null: an invoice without an order"),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date, comment="null: issued_on plus the customer's term days"),
    Column("closes_order", Boolean, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index("invoices_by_order", "order_id"),
)

invoice_lines = Table(
    "invoice_lines",
    metadata,
    Column("invoice_id", Text, primary_key=True),
    *_line_columns(),
)

returns = Table(
    "returns",
    metadata,
    Column("return_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column(
        "order_id", Text, comment="as told; a return that only names an invoice is of that invoice's order"
    ),
    Column("invoice_id", Text),
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index("returns_by_order", "order_id"),
    Index("returns_by_invoice", "invoice_id"),
)

return_lines = Table(
    "return_lines",
    metadata,
    Column("return_id", Text, primary_key=True),
    *_line_columns(),
)


def _entry_columns() -> list[Column[object]]:
    return [
        Column("name", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("currency", Text, nullable=False),
        Column("unit_cost", _PRICE),
        Column("list_price", _PRICE),
    ]


products = Table(
    "products",
    metadata,
    Column("product_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("changed_at", _INSTANT, nullable=False),
    *_entry_columns(),
    Column("created", LargeBinary, comment="digest of the entry it was created with"),
    Index("products_by_category", "category", "product_id"),
)

product_entries = Table(
    "product_entries",
    metadata,
    Column("product_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("valid_from", _INSTANT, primary_key=True),
    *_entry_columns(),
    Column("event_id", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    comment="Every entry a product ever had, and so its cost at any time; written once.",
)
