"""Where alembic starts."""

from services.insights.all_tables import metadata
from services.kit.migrate import run_migrations

run_migrations(metadata, "insights")
