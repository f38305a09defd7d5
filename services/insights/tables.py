"""The tables of insights as SQLAlchemy Core sees them. What each holds is said in migrations/."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.insights.rules.facts import MonthNumbers, ProductNumbers

metadata = MetaData()


def _key(name: str) -> "Column[str]":
    return Column(name, Text, primary_key=True)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _number(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False)


def _count(name: str) -> "Column[int]":
    return Column(name, Integer, nullable=False)


def _time(name: str, *, nullable: bool = True) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _day(name: str, *, nullable: bool = True) -> "Column[object]":
    return Column(name, Date, nullable=nullable)


def _flag(name: str) -> "Column[bool]":
    return Column(name, Boolean, nullable=False)


def _totals() -> list["Column[int]"]:
    return [_number("quantity_milli"), _number("cost_minor"), _number("costed_minor")]


customers = Table(
    "customers",
    metadata,
    _key("customer_id"),
    _count("revision"),
    _time("changed_at"),
    _number("card_print"),
    _day("known_since"),
    *map(_text, ("name", "region", "category", "business_form", "ownership")),
    _flag("blacklisted"),
    _time("blacklist_changed_at"),
    _day("first_order_day"),
    _day("last_order_day"),
    _day("last_payment_day"),
)

customer_owners = Table(
    "customer_owners",
    metadata,
    _key("customer_id"),
    Column("from_day", Date, primary_key=True),
    _text("salesperson_id"),
    _time("assigned_at", nullable=False),
)

assignments = Table(
    "assignments",
    metadata,
    _key("customer_id"),
    Column("from_day", Date, primary_key=True),
    _key("salesperson_id"),
    Column("assigned_at", DateTime(timezone=True), primary_key=True),
)

products = Table(
    "products",
    metadata,
    _key("product_id"),
    _count("revision"),
    _time("changed_at", nullable=False),
    _number("entry_print"),
    *map(_text, ("name", "category", "currency")),
    Column("list_price_e4", BigInteger),
)

product_costs = Table(
    "product_costs",
    metadata,
    _key("product_id"),
    _key("currency"),
    Column("valid_from", DateTime(timezone=True), primary_key=True),
    _count("revision"),
    _number("unit_cost_e4"),
    _count("scale"),
)

orders = Table(
    "orders",
    metadata,
    _key("customer_id"),
    _key("order_id"),
    _text("currency"),
    _number("amount_minor"),
    _time("placed_at"),
    _day("placed_day"),
    _number("placed_print"),
    _text("seller_id"),
    _text("payment_method"),
    _day("promised_on"),
    _count("revision"),
    _time("amended_at"),
    _number("amended_print"),
    _time("cancelled_at"),
    _text("outcome"),
    _count("decision_version"),
    _time("decided_at"),
    _text("counts_as"),
    _text("basis"),
    _text("owner_id"),
    _number("counted_minor"),
    *_totals(),
)

returns = Table(
    "returns",
    metadata,
    _key("customer_id"),
    _key("return_id"),
    _text("order_id"),
    _text("currency"),
    _number("amount_minor"),
    _time("returned_at", nullable=False),
    _day("returned_day", nullable=False),
    _number("print"),
    _time("sold_at", nullable=False),
    _text("seller_id"),
    _text("owner_id"),
    *_totals(),
)

invoices = Table(
    "invoices",
    metadata,
    _key("customer_id"),
    _key("invoice_id"),
    _text("order_id"),
    _text("currency"),
    _number("amount_minor"),
    _time("invoiced_at", nullable=False),
    _day("issued_on", nullable=False),
    _day("due_on"),
    _number("print"),
    Column("lines", JSONB, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    _key("customer_id"),
    _key("payment_id"),
    _text("currency"),
    _number("amount_minor"),
    _time("received_at"),
    _day("received_day"),
    _number("print"),
    _text("owner_id"),
    _time("reversed_at"),
    _day("reversed_day"),
    _text("reversal_owner_id"),
    Column("named", JSONB, nullable=False, comment="what it is meant for: minor units by invoice"),
)

lines = Table(
    "lines",
    metadata,
    _key("customer_id"),
    _key("document_id"),
    _key("kind"),
    _key("product_id"),
    _text("currency"),
    _time("sold_at"),
    _number("quantity_milli"),
    _number("amount_minor"),
    Column("cost_minor", BigInteger),
)

receivables = Table(
    "receivables",
    metadata,
    _key("customer_id"),
    _text("currency"),
    _number("journal_seq"),
    _day("day", nullable=False),
    _time("as_of", nullable=False),
    Column("limit_minor", BigInteger),
    _count("term_days"),
    _number("open_orders_minor"),
    _number("shipped_minor"),
    _number("invoiced_minor"),
    _number("unapplied_minor"),
    _number("exposure_minor"),
    _number("overdue_minor"),
    _count("overdue_items"),
    _count("overdue_days"),
    _count("held_orders"),
    _flag("blacklisted"),
    _flag("on_hold"),
)

customer_months = Table(
    "customer_months",
    metadata,
    _key("customer_id"),
    Column("month", Date, primary_key=True),
    _key("currency"),
    *map(_number, MonthNumbers._fields),
    _number("distinct_products"),
)

salesperson_months = Table(
    "salesperson_months",
    metadata,
    _key("customer_id"),
    Column("month", Date, primary_key=True),
    _key("currency"),
    _key("owner_id"),
    _key("seller_id"),
    *map(_number, MonthNumbers._fields),
)

product_months = Table(
    "product_months",
    metadata,
    _key("customer_id"),
    Column("month", Date, primary_key=True),
    _key("currency"),
    _key("product_id"),
    *map(_number, ProductNumbers._fields),
)

stale_customers = Table(
    "stale_customers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _text("customer_id"),
    _time("since", nullable=False),
)

derivations = Table("derivations", metadata, _key("customer_id"), _day("derived_on"), _day("due_on"))

document_day = Table(
    "document_day", metadata, Column("id", Boolean, primary_key=True), _day("day", nullable=False)
)
