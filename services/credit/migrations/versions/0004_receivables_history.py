"""The days of the last trade of each account, and an index to find what happened after a day."""

from services.kit.migrate import run_script

revision = "0004"
down_revision = "0003"

# The journal is written in the order of its days, so a block range index of a few pages finds what is later than a day,
# and costs the hot path next to nothing.
SQL = """
CREATE INDEX journal_days ON journal USING brin (day);
COMMENT ON INDEX journal_days IS 'what is later than a day: figures as of a past day are unwound from today';

ALTER TABLE accounts ADD COLUMN last_order_on date;
ALTER TABLE accounts ADD COLUMN last_invoice_on date;
ALTER TABLE accounts ADD COLUMN last_payment_on date;
UPDATE accounts AS a SET
    last_order_on = j.last_order_on, last_invoice_on = j.last_invoice_on, last_payment_on = j.last_payment_on
FROM (
    SELECT customer_id,
           max(day) FILTER (WHERE kind = 'decision' AND (body::jsonb ->> 'version')::int = 1) AS last_order_on,
           max(least(day, (body::jsonb ->> 'issued_on')::date)) FILTER (WHERE kind = 'invoiced') AS last_invoice_on,
           max(day) FILTER (WHERE kind = 'credit' AND starts_with(body::jsonb ->> 'credit', 'payment:'))
               AS last_payment_on
    FROM journal WHERE kind IN ('decision', 'invoiced', 'credit') GROUP BY customer_id
) AS j
WHERE j.customer_id = a.customer_id;
"""


def upgrade() -> None:
    """Add the index and the columns, and fill these from the journal."""
    run_script(SQL)
