"""New terms may wait for a second person, one request a customer at a time; what waits is counted fast."""

from services.kit.migrate import run_script

revision = "0008"
down_revision = "0007"

SQL = """
CREATE UNIQUE INDEX approvals_open_terms ON approvals (customer_id) WHERE state = 'open' AND kind = 'terms';
CREATE INDEX approvals_open ON approvals (requested_at) WHERE state = 'open';
"""


def upgrade() -> None:
    """Create the indexes."""
    run_script(SQL)
