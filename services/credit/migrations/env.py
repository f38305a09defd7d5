"""Alembic's entry for the credit schema."""

from services.credit.tables import metadata
from services.kit.migrate import run_migrations

run_migrations(metadata, "credit")
