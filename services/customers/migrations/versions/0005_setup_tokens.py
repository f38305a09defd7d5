"""Tokens for whoever sets up an installation in which nobody can log in yet."""

from services.kit.migrate import run_script

revision = "0005"
down_revision = "0004"

SQL = """
CREATE TABLE setup_tokens (
    token_hash bytea       PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE setup_tokens IS 'SHA-256 of what makes the first admin; empty as soon as there is a person.';
"""


def upgrade() -> None:
    """Add the table."""
    run_script(SQL)
