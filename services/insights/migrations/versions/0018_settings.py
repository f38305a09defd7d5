"""Channels that are switched off for a while, and keep their address."""

from services.kit.migrate import run_script

revision = "0018"
down_revision = "0017"

SQL = """
-- A constant default rewrites nothing; processes of the version before insert without it.
ALTER TABLE channels ADD COLUMN enabled boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN channels.enabled IS 'false: nothing is sent through it; active false: it was removed';
"""


def upgrade() -> None:
    """Add the column."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this column")
