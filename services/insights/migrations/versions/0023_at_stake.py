"""What is at stake with each customer is kept, in an index: a list of the greatest reads no others."""

from services.kit.migrate import run_script

revision = "0023"
down_revision = "0022"

SQL = """
ALTER TABLE order_forecasts
    ADD COLUMN silent_since date,
    ADD COLUMN usual_gap    float8,
    ADD COLUMN stake_month  date,
    ADD COLUMN at_stake     bigint;
COMMENT ON COLUMN order_forecasts.silent_since IS 'last order day in any currency';
COMMENT ON COLUMN order_forecasts.usual_gap IS 'days; its own, shrunk to those of the population';
COMMENT ON COLUMN order_forecasts.stake_month IS 'at_stake is of the twelve months before this one';
COMMENT ON COLUMN order_forecasts.at_stake IS 'minor units: ordered in these months, times the chance of return';

UPDATE order_forecasts AS f SET silent_since = l.last
FROM (SELECT customer_id, max(last) AS last FROM order_forecasts GROUP BY customer_id) AS l
WHERE l.customer_id = f.customer_id;

-- Whether somebody is dormant is in the index, too: it is decided for many of those who stand above the last one shown.
CREATE INDEX order_forecasts_at_stake ON order_forecasts (currency, stake_month, at_stake, customer_id)
    INCLUDE (silent_since, usual_gap);

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM order_forecasts ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the columns and their index, and have everybody derived who has ordered."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these columns")
