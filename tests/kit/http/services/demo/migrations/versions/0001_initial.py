"""The kit's tables, and two for the demo service of these tests."""

from services.kit.migrate import run_script
from services.kit.migrations import kit_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_script(kit_sql("kit_0001"))
    run_script(
        """
        CREATE TABLE things (thing_id text PRIMARY KEY, name text NOT NULL, size int NOT NULL);
        INSERT INTO things VALUES ('t-0', 'made by the migration', 0);
        DELETE FROM things;
        """
    )
