"""Alembic's entry: this service's tables, in its own schema."""

from services.customers.tables import metadata
from services.kit.migrate import run_migrations

run_migrations(metadata, "customers")
