"""An index for the list of payments: the latest first, without reading the whole journal."""

from services.kit.migrate import run_script

revision = "0002"
down_revision = "0001"

SQL = """
CREATE INDEX journal_payments ON journal (day, encode(event_key, 'hex')) WHERE kind = 'credit';
COMMENT ON INDEX journal_payments IS 'payments and credit notes by day; the key makes the order of a page total';
"""


def upgrade() -> None:
    """Add the index."""
    run_script(SQL)
