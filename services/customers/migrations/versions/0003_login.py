"""Accounts of people, their sessions, throttling of logins, and the audit of access."""

from services.kit.migrate import run_script

revision = "0003"
down_revision = "0002"

SQL = """
CREATE TABLE accounts (
    login          text        PRIMARY KEY,
    name           text        NOT NULL,
    role           text        NOT NULL CHECK (role IN ('sales', 'finance', 'manager', 'ops', 'admin')),
    salesperson_id text,
    password_hash  text        NOT NULL,
    disabled       boolean     NOT NULL,
    must_change    boolean     NOT NULL,
    language       text        NOT NULL,
    theme          text        NOT NULL,
    changed_at     timestamptz NOT NULL
);
COMMENT ON TABLE accounts IS 'People who may log in.';

CREATE TABLE sessions (
    token_hash bytea       PRIMARY KEY,
    session_id text        NOT NULL UNIQUE,
    login      text        NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    address    text        NOT NULL,
    agent      text        NOT NULL
);
COMMENT ON TABLE sessions IS 'Who is logged in; a session that is revoked is gone.';
CREATE INDEX sessions_by_login ON sessions (login);

CREATE TABLE login_attempts (
    subject       text        PRIMARY KEY,
    failures      int         NOT NULL,
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL
);
COMMENT ON TABLE login_attempts IS 'Failed logins in a row, per login name and per address.';
CREATE INDEX login_attempts_by_time ON login_attempts (last_at);

CREATE TABLE access_audit (
    seq     bigint      PRIMARY KEY,
    at      timestamptz NOT NULL,
    by      text        NOT NULL,
    action  text        NOT NULL,
    subject text        NOT NULL,
    before  text        NOT NULL,
    after   text        NOT NULL,
    hash    bytea       NOT NULL
);
COMMENT ON TABLE access_audit IS 'Every login and every change of accounts and sessions; a chain of hashes.';
CREATE INDEX access_audit_by_subject ON access_audit (subject, seq);
"""


def upgrade() -> None:
    """Add the tables."""
    run_script(SQL)
