"""Alembic's entry: this service's tables, in its own schema."""

from services.kit.migrate import run_migrations
from services.orders.tables import metadata

run_migrations(metadata, "orders")
