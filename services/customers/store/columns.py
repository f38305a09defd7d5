"""The columns that loading and saving share, with their PostgreSQL types; each is an attribute of its class."""

CUSTOMERS: dict[str, str] = {
    "customer_id": "text",
    "revision": "int",
    "changed_at": "timestamptz",
    "name": "text",
    "short_name": "text",
    "region": "text",
    "category": "text",
    "business_form": "text",
    "ownership": "text",
    "bank_account": "text",
    "tags": "text[]",
    "created": "bytea",
    "created_at": "timestamptz",
    "blacklisted": "boolean",
    "blacklist_reason": "text",
    "blacklist_changed_at": "timestamptz",
}
"""In the order of the attributes of :class:`services.customers.rules.card.Customer`."""

ASSIGNMENTS: dict[str, str] = {
    "customer_id": "text",
    "from_day": "date",
    "salesperson_id": "text",
    "assigned_at": "timestamptz",
    "event_id": "text",
}
"""In the order of the attributes of :class:`services.customers.rules.relations.Assignment`."""

STANDINGS: dict[str, str] = {
    "customer_id": "text",
    "journal_seq": "bigint",
    "told_at": "timestamptz",
    "day": "date",
    "currency": "text",
    "limit_minor": "bigint",
    "term_days": "int",
    "open_orders_minor": "bigint",
    "shipped_minor": "bigint",
    "invoiced_minor": "bigint",
    "unapplied_minor": "bigint",
    "exposure_minor": "bigint",
    "overdue_minor": "bigint",
    "overdue_items": "int",
    "overdue_days": "int",
    "held_orders": "int",
    "blacklisted": "boolean",
    "on_hold": "boolean",
    "approved": "int",
    "held": "int",
    "rejected": "int",
    "released": "int",
    "decided_at": "timestamptz",
}
"""In the order of the attributes of :class:`services.customers.rules.standing.Standing`."""

CARDS = ("customer_id", "revision", "changed_at", "body", "event_id", "producer", "digest")
BLACKLISTINGS = ("customer_id", "at", "step", "reason", "event_id", "producer")
CONTACTS = ("customer_id", "position", "name", "role", "phone", "email")
