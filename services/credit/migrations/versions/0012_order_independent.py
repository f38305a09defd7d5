"""What is known of an order apart from its status, so that its state does not depend on the order in which it came."""

from services.kit.migrate import run_script

revision = "0012"
down_revision = "0011"

SQL = """
ALTER TABLE orders
    ADD COLUMN cancelled bool NOT NULL DEFAULT false,
    ADD COLUMN delivered bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN orders.cancelled IS 'what is not invoiced is given up; the status of one invoiced in full stays so';
COMMENT ON COLUMN orders.delivered IS 'what was shipped in all, invoiced or not';

-- The oldest overdue invoices of a customer come first, so that a decision can name them without reading the others.
DROP INDEX items_open;
CREATE INDEX items_open ON items (customer_id, due_on, invoice_id COLLATE "C") WHERE open > 0;
"""

# As services/credit/rules/evolve_orders.py does it: what remains, the status, and the sums on the account.
BACKFILL = """
UPDATE orders SET cancelled = s.cancelled, delivered = s.delivered
FROM (SELECT body::json ->> 'order' AS order_id, bool_or(kind = 'cancelled') AS cancelled,
             coalesce(sum((body::json ->> 'amount')::bigint) FILTER (WHERE kind = 'shipped'), 0)::bigint AS delivered
      FROM journal WHERE kind IN ('cancelled', 'shipped') GROUP BY 1) s
WHERE orders.order_id = s.order_id;
UPDATE orders SET status = 'invoiced'
WHERE version > 0 AND status IN ('approved', 'held', 'cancelled') AND (closed OR (invoiced > 0 AND invoiced >= amount));
-- An invoice of nothing does not end an order of nothing: it stays what was decided.
UPDATE orders o SET status = 'approved' FROM journal j
WHERE o.status = 'invoiced' AND NOT o.closed AND o.invoiced = 0 AND NOT o.cancelled
    AND j.customer_id = o.customer_id AND j.seq = o.decision_seq AND j.body::json ->> 'outcome' = 'approved';
UPDATE orders SET shipped = least(n.remaining, greatest(0, delivered - invoiced)),
    open = n.remaining - least(n.remaining, greatest(0, delivered - invoiced))
FROM (SELECT order_id AS id,
             CASE WHEN closed OR cancelled THEN 0 ELSE greatest(0, amount - invoiced) END AS remaining
      FROM orders) n
WHERE order_id = n.id;
DELETE FROM cases WHERE NOT EXISTS
    (SELECT FROM orders o WHERE o.order_id = cases.order_id AND o.status = 'held');
DELETE FROM overrides WHERE NOT EXISTS
    (SELECT FROM orders o WHERE o.order_id = overrides.order_id AND o.status = 'approved');
DELETE FROM case_owners WHERE NOT EXISTS (SELECT FROM cases c WHERE c.order_id = case_owners.order_id);
UPDATE accounts SET open_orders = coalesce(s.open_orders, 0), shipped = coalesce(s.shipped, 0),
    held_orders = coalesce(s.held_orders, 0), held_amount = coalesce(s.held_amount, 0)
FROM (SELECT customer_id, sum(open) FILTER (WHERE status = 'approved' AND method = 'account')::bigint AS open_orders,
             sum(shipped) FILTER (WHERE status = 'approved' AND method = 'account')::bigint AS shipped,
             count(*) FILTER (WHERE status = 'held')::int AS held_orders,
             sum(open + shipped) FILTER (WHERE status = 'held')::bigint AS held_amount
      FROM orders GROUP BY customer_id) s
WHERE accounts.customer_id = s.customer_id;
"""


def upgrade() -> None:
    """Add what is known apart from the status, from the journal, and let the rest follow from it."""
    run_script(SQL)
    run_script(BACKFILL)
