"""Alembic's entry for the credit schema."""

from services.credit.tables_desk import approvals
from services.kit.migrate import run_migrations

run_migrations(approvals.metadata, "credit")
