"""The tables of the desk of finance: what people do about held orders. No rule looks at them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.credit.tables import metadata
from services.kit.owners import owners_table

_time = DateTime(timezone=True)

customer_owners = owners_table(metadata)
"""What salespeople may see of accounts."""

case_owners = Table(
    "case_owners",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("opened_seq", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("since", _time, nullable=False),
)

case_log = Table(
    "case_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("opened_seq", BigInteger, nullable=False),
    Column("at", _time, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text),
    Column("owner", Text),
    Column("note", Text, nullable=False, server_default=text("''")),
)
Index("case_log_order", case_log.c.order_id, case_log.c.id)

approvals = Table(
    "approvals",
    metadata,
    Column("approval_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("order_id", Text),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger),
    Column("request", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("requested_at", _time, nullable=False),
    Column("until_day", Date),
    Column("closed_by", Text),
    Column("closed_at", _time),
    Column("comment", Text, nullable=False, server_default=text("''")),
)
Index(
    "approvals_open_release",
    approvals.c.order_id,
    unique=True,
    postgresql_where=and_(approvals.c.state == "open", approvals.c.kind == "release"),
)
Index(
    "approvals_open_limit",
    approvals.c.customer_id,
    unique=True,
    postgresql_where=and_(approvals.c.state == "open", approvals.c.kind == "temporary_limit"),
)
Index(
    "approvals_open_terms",
    approvals.c.customer_id,
    unique=True,
    postgresql_where=and_(approvals.c.state == "open", approvals.c.kind == "terms"),
)
Index("approvals_open", approvals.c.requested_at, postgresql_where=approvals.c.state == "open")
Index("approvals_order", approvals.c.order_id)
Index("approvals_requested", approvals.c.requested_at, approvals.c.approval_id)

ceilings = Table(
    "ceilings",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger),
    Column("removed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", _time, nullable=False),
)
Index("ceilings_of", ceilings.c.scope, ceilings.c.name, ceilings.c.currency, ceilings.c.id)
