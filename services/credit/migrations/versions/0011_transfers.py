"""Transfers between customers: money passed on is kept beside the invoices, and is none."""

from services.kit.migrate import run_script

revision = "0011"
down_revision = "0010"

SQL = """
ALTER TABLE items ADD COLUMN passes_on boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN items.passes_on IS
    'no invoice, but money in hand that went to another customer and has to be there';
"""


def upgrade() -> None:
    """Add the column; no money was passed on so far."""
    run_script(SQL)
