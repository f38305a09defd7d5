"""Where somebody begins after signing in, and how long their lists are."""

from services.kit.migrate import run_script

revision = "0007"
down_revision = "0006"

SQL = """
ALTER TABLE accounts ADD COLUMN start_page text NOT NULL DEFAULT '/console/', ADD COLUMN list_size int;
COMMENT ON COLUMN accounts.list_size IS 'rows of a list on a page; null: as many as the page has by itself';
"""


def upgrade() -> None:
    """Add the columns."""
    run_script(SQL)
