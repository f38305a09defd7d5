"""Where alembic starts."""

from services.insights.tables_segments import metadata
from services.kit.migrate import run_migrations

run_migrations(metadata, "insights")
