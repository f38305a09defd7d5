"""API keys of systems, beside those of the settings."""

from services.kit.migrate import run_script

revision = "0006"
down_revision = "0005"

SQL = """
CREATE TABLE api_keys (
    key_id       text        PRIMARY KEY,
    key_hash     bytea       NOT NULL UNIQUE,
    name         text        NOT NULL,
    role         text        NOT NULL CHECK (role IN ('system', 'sales', 'finance', 'manager', 'ops')),
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
COMMENT ON TABLE api_keys IS 'Keys of systems; of the key itself there is a SHA-256, and its beginning as its id.';
CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name) WHERE revoked_at IS NULL;
"""


def upgrade() -> None:
    """Add the table."""
    run_script(SQL)
