"""What payments are meant for, so that commission is earned on the invoices that they pay."""

from services.kit.migrate import run_script

revision = "0017"
down_revision = "0016"

SQL = """
-- Payments of before name nothing here; consuming the topics again into an empty database knows what they named.
ALTER TABLE payments ADD COLUMN named jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN payments.named IS 'what it is meant for: minor units by invoice';
"""


def upgrade() -> None:
    """Add the column."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this column")
