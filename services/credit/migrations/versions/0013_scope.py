"""Who looks after a customer, for what salespeople may see; from the topic ``customers``, read again from its start."""

from services.kit.migrate import run_script
from services.kit.owners import OWNERS_SQL

revision = "0013"
down_revision = "0012"

# Assignments were passed over until now and are nowhere in the journal. What the journal knows is dropped as a
# repetition when it comes again, so that reading again only adds the owners.
AGAIN = "UPDATE consumer_offsets SET next_offset = 0, fingerprint = NULL WHERE topic = 'customers';"


def upgrade() -> None:
    """Add the table, and have the topic read again."""
    run_script(OWNERS_SQL)
    run_script(AGAIN)
