"""Signing in with an OpenID provider: whom it knows, and who is on the way to it and back."""

from services.kit.migrate import run_script

revision = "0008"
down_revision = "0007"

SQL = """
ALTER TABLE accounts ADD COLUMN email text, ADD COLUMN oidc_subject text UNIQUE;
COMMENT ON COLUMN accounts.oidc_subject IS 'issuer and subject of who signed in first with this mail address';
CREATE UNIQUE INDEX accounts_by_email ON accounts (email);
ALTER TABLE sessions ADD COLUMN via text NOT NULL DEFAULT 'password';

CREATE TABLE oidc_logins (
    state_hash   bytea       PRIMARY KEY,
    browser_hash bytea       NOT NULL,
    nonce        text        NOT NULL,
    verifier     text        NOT NULL,
    back         text        NOT NULL,
    expires_at   timestamptz NOT NULL
);
COMMENT ON TABLE oidc_logins IS 'Who is at the OpenID provider just now; each is used once.';
CREATE INDEX oidc_logins_by_time ON oidc_logins (expires_at);
"""


def upgrade() -> None:
    """Add the columns and the table."""
    run_script(SQL)
