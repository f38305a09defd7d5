"""Who looks after a customer, for what salespeople may see. Topic ``customers`` is new: read from its start."""

from services.kit.migrate import run_script
from services.kit.owners import OWNERS_SQL

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table; reading the topic fills it."""
    run_script(OWNERS_SQL)
