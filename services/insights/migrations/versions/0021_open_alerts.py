"""Open alerts are counted from their index alone: every page shows how many there are."""

from services.kit.migrate import run_script

revision = "0021"
down_revision = "0020"

SQL = """
DROP INDEX alerts_open;
CREATE INDEX alerts_open ON alerts (owner_id, owner_role, severity, state) WHERE state <> 'resolved';
"""


def upgrade() -> None:
    """Make the index again with the state in it, by which they are counted as well."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; the index serves it as well")
