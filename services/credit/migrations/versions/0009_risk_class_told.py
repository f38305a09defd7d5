"""Which risk class of a customer was last told to the world, so that each change is told once."""

from services.kit.migrate import run_script

revision = "0009"
down_revision = "0008"

# What is there already is nobody's news.
SQL = """
ALTER TABLE risk_standings ADD COLUMN told_class text;
UPDATE risk_standings SET told_class = risk_class WHERE seq > 0;
CREATE INDEX risk_standings_untold ON risk_standings (customer_id)
    WHERE told_class IS DISTINCT FROM risk_class AND seq > 0;
COMMENT ON COLUMN risk_standings.told_class IS 'the class last told to the world; null: it is the first';
"""


def upgrade() -> None:
    """Add the column and its index."""
    run_script(SQL)
