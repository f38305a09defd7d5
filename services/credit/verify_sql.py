"""Checks of credit that are one statement each: sums over documents, receipts, the outbox."""

from services.kit.database import Connection
from services.kit.verify import Problem, Report

SUMS = "I1 sums over documents equal the account's balances"
SETTLED = "I1 what is open on an invoice or left of a payment is its amount less its allocations"
CONVERTED = (
    "I1 a document in another currency counts for its own amount at its rate, and the differences realised"
)
OWNED = "I1 every document and entry belongs to an account"
EFFECTIVE = "I2 every placed order has a decision"
ONE_CASE = "I2 every held order has one open case, and nothing else has"
TWO_PEOPLE = "I8 what was approved by a second person was approved by another one"
RECEIPTS = "I5 every event and every business document is applied once"
HISTORY = "I1 the paying history is what invoices and allocations say"
TRANSFERS = "I1 both sides of a transfer name each other and move the same amount"
TOLD = "I7 every decision and escalation is told to the world exactly once"

INVARIANTS = (
    SUMS,
    SETTLED,
    CONVERTED,
    OWNED,
    EFFECTIVE,
    ONE_CASE,
    TWO_PEOPLE,
    RECEIPTS,
    HISTORY,
    TRANSFERS,
    TOLD,
)

_SUMS = """
    WITH documents AS (
        SELECT customer_id,
               sum(worth(open + shipped, factor) - worth(shipped, factor))
                   FILTER (WHERE status = 'approved' AND method = 'account') AS open_orders,
               sum(worth(shipped, factor)) FILTER (WHERE status = 'approved' AND method = 'account') AS shipped,
               count(*) FILTER (WHERE status = 'held') AS held_orders,
               sum(worth(open + shipped, factor)) FILTER (WHERE status = 'held') AS held_amount
        FROM orders GROUP BY customer_id
    ), receivables AS (
        SELECT customer_id, sum(open) AS invoiced, sum(open) FILTER (WHERE overdue) AS overdue_amount,
               count(*) FILTER (WHERE overdue AND open > 0) AS overdue_items,
               min(due_on) FILTER (WHERE overdue AND open > 0) AS oldest_overdue,
               min(due_on) FILTER (WHERE open > 0 AND NOT overdue) AS next_due
        FROM items GROUP BY customer_id
    ), money AS (
        SELECT customer_id, sum(remaining) AS unapplied FROM credits GROUP BY customer_id
    )
    SELECT a.customer_id, c.name AS subject, c.expected, c.found
    FROM accounts a LEFT JOIN documents d USING (customer_id) LEFT JOIN receivables r USING (customer_id)
    LEFT JOIN money m USING (customer_id)
    CROSS JOIN LATERAL (VALUES
        ('open_orders', coalesce(d.open_orders, 0)::text, a.open_orders::text),
        ('shipped', coalesce(d.shipped, 0)::text, a.shipped::text),
        ('held_orders', coalesce(d.held_orders, 0)::text, a.held_orders::text),
        ('held_amount', coalesce(d.held_amount, 0)::text, a.held_amount::text),
        ('invoiced', coalesce(r.invoiced, 0)::text, a.invoiced::text),
        ('overdue_amount', coalesce(r.overdue_amount, 0)::text, a.overdue_amount::text),
        ('overdue_items', coalesce(r.overdue_items, 0)::text, a.overdue_items::text),
        ('oldest_overdue', coalesce(r.oldest_overdue::text, 'none'), coalesce(a.oldest_overdue::text, 'none')),
        ('next_due', coalesce(r.next_due::text, 'none'), coalesce(a.next_due::text, 'none')),
        ('unapplied', coalesce(m.unapplied, 0)::text, a.unapplied::text)
    ) AS c (name, expected, found)
    WHERE c.expected <> c.found"""

_SETTLED_ITEMS = """
    SELECT i.customer_id, 'invoice ' || i.invoice_id AS subject,
           'open ' || i.amount - coalesce(a.amount, 0) AS expected,
           'open ' || i.open AS found
    FROM items i LEFT JOIN (SELECT invoice_id, sum(amount) AS amount FROM allocations GROUP BY invoice_id) a
        USING (invoice_id)
    WHERE i.open <> i.amount - coalesce(a.amount, 0) OR i.open < 0"""

_SETTLED_CREDITS = """
    SELECT c.customer_id, 'credit ' || c.credit_id AS subject,
           CASE WHEN c.reversed THEN 'nothing left and nothing applied'
                ELSE c.amount - coalesce(a.amount, 0) || ' left' END AS expected,
           format('%s left, %s applied', c.remaining, coalesce(a.amount, 0)) AS found
    FROM credits c LEFT JOIN (SELECT credit_id, sum(amount) AS amount FROM allocations GROUP BY credit_id) a
        USING (credit_id)
    WHERE c.remaining < 0
       OR (c.reversed AND (c.remaining <> 0 OR coalesce(a.amount, 0) <> 0))
       OR (NOT c.reversed AND c.remaining <> c.amount - coalesce(a.amount, 0))"""

_CONVERTED = """
    SELECT customer_id, 'invoice ' || invoice_id AS subject, worth(own_amount, factor)::text AS expected,
           amount::text AS found
    FROM items WHERE factor <> '' AND amount <> worth(own_amount, factor)
    UNION ALL
    SELECT customer_id, 'credit ' || credit_id, (worth(own_amount, factor) + exchange)::text, amount::text
    FROM credits WHERE factor <> '' AND amount <> worth(own_amount, factor) + exchange
    UNION ALL
    SELECT customer_id, 'document ' || coalesce(invoice_id, credit_id), 'a currency and a factor, or neither',
           format('%s at %s', own_currency, factor)
    FROM (SELECT customer_id, invoice_id, NULL AS credit_id, own_currency, factor, 0 AS exchange FROM items
          UNION ALL SELECT customer_id, NULL, credit_id, own_currency, factor, exchange FROM credits) AS d
    WHERE (own_currency = '') <> (factor = '') OR (factor = '' AND exchange <> 0)"""

_OWNED = """
    SELECT o.customer_id, o.what AS subject, 'an account' AS expected, 'none' AS found
    FROM (SELECT customer_id, 'entry ' || seq AS what FROM journal
          UNION ALL SELECT customer_id, 'order ' || order_id FROM orders
          UNION ALL SELECT customer_id, 'invoice ' || invoice_id FROM items
          UNION ALL SELECT customer_id, 'credit ' || credit_id FROM credits
          UNION ALL SELECT customer_id, 'allocation of entry ' || seq FROM allocations) o
    WHERE NOT EXISTS (SELECT FROM accounts a WHERE a.customer_id = o.customer_id)"""

_EFFECTIVE = """
    SELECT customer_id, 'order ' || order_id AS subject, 'a decision' AS expected,
           format('status %s, version %s of entry %s', status, version, decision_seq) AS found
    FROM orders
    WHERE (placed_at <> '') <> (version > 0) OR (version > 0) <> (decision_seq > 0)
       OR (version > 0 AND status = 'announced')"""

_ONE_CASE = """
    SELECT coalesce(o.customer_id, c.customer_id) AS customer_id,
           'order ' || coalesce(o.order_id, c.order_id) AS subject,
           CASE WHEN o.order_id IS NULL THEN 'no case' ELSE 'a case' END AS expected,
           CASE WHEN c.order_id IS NULL THEN 'none' ELSE 'one' END AS found
    FROM (SELECT order_id, customer_id FROM orders WHERE status = 'held') o FULL JOIN cases c USING (order_id)
    WHERE o.order_id IS NULL OR c.order_id IS NULL
    UNION ALL
    SELECT NULL, 'owner of order ' || w.order_id, 'a case ' || w.opened_seq, coalesce('case ' || c.opened_seq, 'none')
    FROM case_owners w LEFT JOIN cases c USING (order_id) WHERE c.opened_seq IS DISTINCT FROM w.opened_seq
    UNION ALL
    SELECT a.customer_id, 'approval ' || a.approval_id, 'a held order', 'none'
    FROM approvals a LEFT JOIN cases c USING (order_id)
    WHERE a.state = 'open' AND a.kind = 'release' AND c.order_id IS NULL"""

_TWO_PEOPLE = """
    SELECT customer_id, 'approval ' || approval_id AS subject, 'two people' AS expected, requested_by AS found
    FROM approvals WHERE state = 'approved' AND (closed_by IS NULL OR lower(closed_by) = lower(requested_by))
    UNION ALL
    SELECT customer_id, 'entry ' || seq, 'two people', body::json ->> 'by'
    FROM journal WHERE kind IN ('decision', 'temporary_limit', 'terms') AND body LIKE '%"approved_by":%'
        AND lower(body::json ->> 'approved_by') = lower(body::json ->> 'by')"""

_RECEIPTS = """
    SELECT min(customer_id) AS customer_id, 'event ' || encode(event_key, 'hex') AS subject, 'one receipt' AS expected,
           count(*)::text AS found
    FROM journal WHERE event_key IS NOT NULL GROUP BY event_key HAVING count(*) > 1"""

_BUSINESS_IDS = """
    SELECT min(customer_id) AS customer_id, kind || ' ' || id AS subject, 'one of this id' AS expected,
           count(*)::text AS found
    FROM (SELECT 'order' AS kind, order_id AS id, customer_id FROM orders
          UNION ALL SELECT 'invoice', invoice_id, customer_id FROM items
          UNION ALL SELECT 'credit', credit_id, customer_id FROM credits) d
    GROUP BY kind, id HAVING count(*) > 1"""

_GUARDED = """
    SELECT NULL AS customer_id, 'index journal_event' AS subject, 'unique and valid' AS expected, 'not so' AS found
    WHERE NOT coalesce((SELECT indisunique AND indisvalid FROM pg_index
                        WHERE indexrelid = to_regclass('journal_event')), false)
    UNION ALL
    SELECT NULL, 'trigger ' || name, 'there and enabled', 'not so'
    FROM unnest(ARRAY['journal_append_only', 'journal_no_truncate']) AS n (name)
    WHERE NOT EXISTS (SELECT FROM pg_trigger
                      WHERE tgrelid = to_regclass('journal') AND tgname = name AND tgenabled <> 'D')"""

# Only of customers whose history reaches the end of their journal: the others are about to be brought up to date.
_HISTORY = """
    WITH expected AS (
        SELECT i.customer_id, i.invoice_id,
               format('open %s of %s, due %s, settled by %s', i.open, i.amount, i.due_on,
                      coalesce(max(a.seq) FILTER (WHERE a.amount > 0 AND i.open = 0)::text, '-')) AS said,
               format('open %s of %s, due %s, settled by -', i.open, i.amount, i.due_on) AS without_money,
               coalesce(sum(a.amount), 0) > 0 AS by_money
        FROM items i JOIN accounts c USING (customer_id)
        JOIN risk_standings s ON s.customer_id = c.customer_id AND s.seq = c.seq
        LEFT JOIN allocations a ON a.invoice_id = i.invoice_id AND starts_with(a.credit_id, 'payment:')
        WHERE NOT i.passes_on
        GROUP BY i.invoice_id
    ), found AS (
        SELECT h.customer_id, h.invoice_id,
               format('open %s of %s, due %s, settled by %s', h.open, h.amount, h.due_on,
                      coalesce(h.settled_seq::text, '-')) AS said
        FROM invoice_history h JOIN accounts c USING (customer_id)
        JOIN risk_standings s ON s.customer_id = c.customer_id AND s.seq = c.seq
    )
    SELECT coalesce(e.customer_id, f.customer_id) AS customer_id,
           'history of invoice ' || coalesce(e.invoice_id, f.invoice_id) AS subject,
           coalesce(CASE WHEN e.by_money THEN e.said ELSE e.without_money END, 'none') AS expected,
           coalesce(f.said, 'none') AS found
    FROM expected e FULL JOIN found f USING (invoice_id)
    WHERE CASE WHEN e.by_money THEN e.said ELSE e.without_money END IS DISTINCT FROM f.said"""

# The other side may not have come yet, or be another installation's: only where both are here are they compared.
_TRANSFERS = """
    WITH sides AS (
        SELECT customer_id, coalesce(b ->> 'invoice', b ->> 'credit') AS document, b ->> 'transfer' AS other,
               (b ->> 'amount')::bigint AS amount, b ->> 'currency' AS currency,
               kind = 'invoiced' AS owes, coalesce((b ->> 'passes_on')::bool, false) AS passes_on
        FROM (SELECT customer_id, kind, body::jsonb AS b FROM journal
              WHERE kind IN ('invoiced', 'credit') AND body LIKE '%"transfer":%') AS entries
    )
    SELECT o.customer_id, o.document AS subject,
           format('%s %s with %s', o.amount, o.currency, o.customer_id) AS expected,
           format('%s %s with %s', c.amount, c.currency, c.other) AS found
    FROM sides o JOIN sides c USING (document)
    WHERE o.owes AND NOT c.owes
      AND (o.amount, o.currency, o.other, o.customer_id)
          IS DISTINCT FROM (c.amount, c.currency, c.customer_id, c.other)"""

QUERIES = (
    (SUMS, _SUMS),
    (SETTLED, _SETTLED_ITEMS),
    (SETTLED, _SETTLED_CREDITS),
    (CONVERTED, _CONVERTED),
    (OWNED, _OWNED),
    (EFFECTIVE, _EFFECTIVE),
    (ONE_CASE, _ONE_CASE),
    (TWO_PEOPLE, _TWO_PEOPLE),
    (RECEIPTS, _RECEIPTS),
    (RECEIPTS, _BUSINESS_IDS),
    (RECEIPTS, _GUARDED),
    (HISTORY, _HISTORY),
    (TRANSFERS, _TRANSFERS),
)

# Published batches are deleted past their retention, oldest first, so what is left of a customer's decisions is the end
# of the journal: a decision without a row is missing if an earlier one of the customer, or nothing at all, was deleted.
_OUTBOX = """
    WITH told AS (
        SELECT event_id, count(*) AS rows, min(convert_from(key, 'UTF8')) AS customer_id
        FROM outbox WHERE topic = 'credit' AND event_id NOT LIKE 'x%' GROUP BY event_id
    ), decisions AS (
        SELECT customer_id, seq, left(encode(hash, 'hex'), 40) AS event_id FROM journal
        WHERE kind IN ('decision', 'escalated')
    ), matched AS (
        SELECT coalesce(d.customer_id, t.customer_id) AS customer_id, d.seq,
               coalesce(d.event_id, t.event_id) AS event_id, coalesce(t.rows, 0) AS rows,
               bool_or(t.rows > 0) OVER (PARTITION BY d.customer_id ORDER BY d.seq) AS told_before
        FROM decisions d FULL JOIN told t USING (event_id)
    )
    SELECT customer_id, coalesce('entry ' || seq, 'event ' || event_id) AS subject,
           CASE WHEN seq IS NULL THEN 'an entry of the journal' ELSE 'one row in the outbox' END AS expected,
           CASE WHEN seq IS NULL THEN 'none' ELSE rows::text END AS found
    FROM matched
    WHERE seq IS NULL OR rows > 1 OR (rows = 0 AND ($1 OR told_before))"""

# Retention is at least a day, and the first batch has number 1.
_NOTHING_DELETED = """
    SELECT EXISTS (SELECT FROM outbox_batches WHERE batch_id = 1)
        OR coalesce((SELECT min(first_seen) > now() - interval '1 day' FROM logs), false)"""


async def check_outbox(connection: Connection, report: Report) -> None:
    """Check that each decision or escalation of the retained window has its one row in the outbox, and no row else."""
    nothing_deleted = await connection.fetchval(_NOTHING_DELETED)
    async for row in connection.cursor(_OUTBOX, nothing_deleted, prefetch=500):
        report.add(Problem(TOLD, row["subject"], row["expected"], row["found"], row["customer_id"]))
