"""The customers of a salesperson, found by an index."""

from services.kit.migrate import run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the index."""
    run_script(
        "CREATE INDEX customer_owners_by_salesperson ON customer_owners (salesperson_id, customer_id);"
    )
