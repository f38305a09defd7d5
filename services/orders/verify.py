"""Is the order book what its documents say? Checked on one snapshot, without locks, also while the service runs.

The queries say once more, in SQL, what ``rules/`` does event by event; so each is a check of the other.
"""

from services.kit.database import Database
from services.kit.verify import Report, add_found, snapshot

SUMS = "B1 an order has shipped and invoiced what its shipments and invoices add up to"
BODY = "B2 an order reads as its highest revision says, and was placed as revision 0 says"
DECISION = "B3 the decision in force is the highest version"
STATUS = "B4 an order's status follows from the rest"
BELONGING = "B5 every document belongs to an order of its customer"
CATALOGUE = "B6 a product reads as its latest entry says"

QUERIES: dict[str, str] = {
    SUMS: """
        SELECT format('order %s', order_id) AS subject, o.customer_id,
               format('%s shipped, %s invoiced, closed %s', s.amount, i.amount, i.closed) AS expected,
               format('%s shipped, %s invoiced, closed %s', o.shipped_minor, o.invoiced_minor, o.closed) AS found
        FROM orders o
        LEFT JOIN (SELECT order_id, count(*) AS rows, sum(amount_minor) AS amount FROM shipments GROUP BY 1) s
             USING (order_id)
        LEFT JOIN (SELECT order_id, count(*) AS rows, sum(amount_minor) AS amount, bool_or(closes_order) AS closed
                   FROM invoices GROUP BY 1) i USING (order_id)
        WHERE (o.shipments, o.shipped_minor, o.invoices, o.invoiced_minor, o.closed) IS DISTINCT FROM
              (coalesce(s.rows, 0), coalesce(s.amount, 0), coalesce(i.rows, 0), coalesce(i.amount, 0),
               coalesce(i.closed, false))""",
    BODY: """
        SELECT format('order %s', o.order_id) AS subject, o.customer_id,
               format('revision %s over %s', coalesce(r.revision, -1), coalesce(r.amount_minor, 0)) AS expected,
               format('revision %s over %s', o.revision, o.amount_minor) AS found
        FROM orders o
        LEFT JOIN (SELECT DISTINCT ON (order_id) order_id, revision, currency, amount_minor, promised_on
                   FROM order_revisions ORDER BY order_id, revision DESC) r USING (order_id)
        LEFT JOIN order_revisions p ON p.order_id = o.order_id AND p.revision = 0
        WHERE (o.revision, o.amount_minor, o.promised_on, o.placed_at, o.placed_event_id, o.placed_by) IS DISTINCT FROM
              (coalesce(r.revision, -1), coalesce(r.amount_minor, 0), r.promised_on, p.at, p.event_id, p.producer)
           OR o.currency <> r.currency""",
    DECISION: """
        SELECT format('order %s', o.order_id) AS subject, o.customer_id,
               format('version %s: %s', coalesce(d.version, 0), d.kind) AS expected,
               format('version %s: %s', o.decision_version, o.decision_kind) AS found
        FROM orders o
        LEFT JOIN (SELECT DISTINCT ON (order_id) order_id, version, kind, outcome
                   FROM decisions ORDER BY order_id, version DESC) d USING (order_id)
        WHERE (o.decision_version, o.decision_kind, o.outcome) IS DISTINCT FROM
              (coalesce(d.version, 0), d.kind, d.outcome)""",
    STATUS: """
        SELECT format('order %s', order_id) AS subject, customer_id, expected, status AS found
        FROM (SELECT order_id, customer_id, status,
                     CASE WHEN placed_at IS NULL THEN 'announced'
                          WHEN invoices > 0 AND (closed OR cancelled_at IS NOT NULL OR invoiced_minor >= amount_minor)
                               THEN 'invoiced'
                          WHEN invoices > 0 THEN 'part_invoiced'
                          WHEN cancelled_at IS NOT NULL THEN 'cancelled'
                          WHEN shipments > 0 AND shipped_minor >= amount_minor THEN 'shipped'
                          WHEN shipments > 0 THEN 'part_shipped'
                          WHEN decision_kind IS NULL AND decision_overdue_at IS NOT NULL THEN 'held'
                          ELSE coalesce(decision_kind, 'placed') END AS expected
              FROM orders) o
        WHERE status <> expected""",
    BELONGING: """
        SELECT format('%s of order %s', what, order_id) AS subject, d.customer_id,
               'an order of ' || coalesce(d.customer_id, 'somebody') AS expected,
               coalesce('an order of ' || o.customer_id, 'no order') AS found
        FROM (SELECT 'shipment ' || shipment_id AS what, order_id, customer_id FROM shipments
              UNION ALL SELECT 'invoice ' || invoice_id, order_id, customer_id FROM invoices WHERE order_id IS NOT NULL
              UNION ALL SELECT 'return ' || return_id, order_id, customer_id FROM returns WHERE order_id IS NOT NULL
              UNION ALL SELECT 'decision ' || version, order_id, NULL FROM decisions
              UNION ALL SELECT 'revision ' || revision, order_id, NULL FROM order_revisions) d
        LEFT JOIN orders o USING (order_id)
        WHERE o.order_id IS NULL OR d.customer_id <> o.customer_id""",
    CATALOGUE: """
        SELECT format('product %s', product_id) AS subject,
               format('revision %s at cost %s', e.revision, e.unit_cost) AS expected,
               format('revision %s at cost %s', p.revision, p.unit_cost) AS found
        FROM products p
        FULL JOIN (SELECT DISTINCT ON (product_id) * FROM product_entries
                   ORDER BY product_id, revision DESC, valid_from DESC) e USING (product_id)
        WHERE (p.revision, p.changed_at, p.name, p.category, p.currency, p.unit_cost, p.list_price) IS DISTINCT FROM
              (e.revision, e.valid_from, e.name, e.category, e.currency, e.unit_cost, e.list_price)""",
}


async def verify(target: Database | str) -> Report:
    """Check every invariant of the order book.

    Args:
        target: the database of this service, or its address.
    """
    async with snapshot(target, "orders") as connection:
        report = Report(QUERIES)
        for invariant, query in QUERIES.items():
            await add_found(connection, report, invariant, query)
        report.facts["orders"] = await connection.fetchval("SELECT count(*) FROM orders")
        return report
