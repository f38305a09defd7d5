"""When money happened, and the latest invoice and payment of an account: what is older came late."""

from services.kit.migrate import run_script

revision = "0003"
down_revision = "0002"

SQL = """
ALTER TABLE accounts ADD COLUMN invoice_at text NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN credit_at text NOT NULL DEFAULT '';
UPDATE accounts AS a SET invoice_at = j.invoice_at, credit_at = j.credit_at
FROM (SELECT customer_id,
             coalesce(max(body::json ->> 'at') FILTER (WHERE kind = 'invoiced'), '') AS invoice_at,
             coalesce(max(body::json ->> 'at') FILTER (WHERE kind <> 'invoiced'), '') AS credit_at
      FROM journal WHERE kind IN ('invoiced', 'credit', 'reversed') GROUP BY customer_id) AS j
WHERE a.customer_id = j.customer_id;
ALTER TABLE credits ADD COLUMN at text NOT NULL DEFAULT '';
UPDATE credits AS c SET at = j.body::json ->> 'at'
FROM journal AS j WHERE j.customer_id = c.customer_id AND j.seq = c.seq;
"""


def upgrade() -> None:
    """Add the times, read from the journal."""
    run_script(SQL)
