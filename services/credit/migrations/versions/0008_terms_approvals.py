"""New terms may wait for a second person, one request a customer at a time."""

from services.kit.migrate import run_script

revision = "0008"
down_revision = "0007"

SQL = """
CREATE UNIQUE INDEX approvals_open_terms ON approvals (customer_id) WHERE state = 'open' AND kind = 'terms';
"""


def upgrade() -> None:
    """Create the index."""
    run_script(SQL)
