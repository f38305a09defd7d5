"""Orders nobody decided on in time."""

from services.kit.migrate import run_script

revision = "0002"
down_revision = "0001"

SQL = """
ALTER TABLE orders ADD COLUMN decision_overdue_at timestamptz;
COMMENT ON COLUMN orders.decision_overdue_at IS 'when it was found that nobody had decided in time';
CREATE INDEX orders_undecided ON orders (order_id) WHERE decision_version = 0 AND status IN ('placed', 'held');
"""


def upgrade() -> None:
    """Add the time, and the index that finds those who still wait."""
    run_script(SQL)
