"""The columns that loading and saving share, with their PostgreSQL types; each is an attribute of its class."""

ORDERS: dict[str, str] = {
    "order_id": "text",
    "customer_id": "text",
    "dated_at": "timestamptz",
    "currency": "text",
    "status": "text",
    "placed_at": "timestamptz",
    "placed_event_id": "text",
    "placed_by": "text",
    "payment_method": "text",
    "salesperson_id": "text",
    "revision": "int",
    "amount_minor": "bigint",
    "promised_on": "date",
    "cancelled_at": "timestamptz",
    "cancel_reason": "text",
    "decision_overdue_at": "timestamptz",
    "decision_version": "int",
    "decision_kind": "text",
    "outcome": "text",
    "shipments": "int",
    "shipped_minor": "bigint",
    "invoices": "int",
    "invoiced_minor": "bigint",
    "closed": "boolean",
}
"""In the order of the attributes of :class:`services.orders.rules.order.Order`."""

PRODUCTS: dict[str, str] = {
    "product_id": "text",
    "revision": "int",
    "changed_at": "timestamptz",
    "name": "text",
    "category": "text",
    "currency": "text",
    "unit_cost": "numeric",
    "list_price": "numeric",
    "created": "bytea",
}
"""In the order of the attributes of :class:`services.orders.rules.catalogue.Product`."""

FACTS: dict[str, tuple[str, ...]] = {
    table: tuple(columns.split())
    for table, columns in {
        "order_revisions": "order_id revision at event_id producer currency amount_minor promised_on digest",
        "decisions": "order_id version kind outcome currency amount_minor reasons policy_version exposure_minor "
        "limit_minor journal_seq trigger decided_by comment decided_at event_id digest",
        "shipments": "order_id shipment_id customer_id currency amount_minor at event_id digest",
        "invoices": "invoice_id customer_id order_id currency amount_minor issued_on due_on closes_order at event_id "
        "digest",
        "returns": "return_id customer_id order_id invoice_id currency amount_minor reason at event_id digest",
        "product_entries": "product_id revision valid_from name category currency unit_cost list_price event_id digest",
    }.items()
}
"""Tables that are only ever added to."""

LINE = ("line", "product_id", "quantity_milli", "unit_price", "amount_minor")
