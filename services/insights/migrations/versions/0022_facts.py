"""Stale customers are found by who they are, so that all changes of a customer are derived at once."""

from services.kit.migrate import run_script

revision = "0022"
down_revision = "0021"

SQL = """
CREATE INDEX stale_customers_by_customer ON stale_customers (customer_id);
"""


def upgrade() -> None:
    """Add the index."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; the index does not disturb it")
