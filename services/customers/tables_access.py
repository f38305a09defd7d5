"""The tables of who may log in: accounts, sessions, failed logins and the audit of access."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

_INSTANT = DateTime(timezone=True)


def access_tables(metadata: MetaData) -> tuple[Table, ...]:
    """Add the tables to ``metadata``: accounts, sessions, login_attempts, access_audit, setup_tokens,
    api_keys, oidc_logins.
    """
    return (
        _accounts(metadata),
        _sessions(metadata),
        _login_attempts(metadata),
        _access_audit(metadata),
        _setup_tokens(metadata),
        _api_keys(metadata),
        _oidc_logins(metadata),
    )


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _instant(name: str) -> Column[object]:
    return Column(name, _INSTANT, nullable=False)


def _accounts(metadata: MetaData) -> Table:
    return Table(
        "accounts",
        metadata,
        Column("login", Text, primary_key=True),
        _text("name"),
        _text("role"),
        Column("salesperson_id", Text),
        _text("password_hash"),
        Column("disabled", Boolean, nullable=False),
        Column("must_change", Boolean, nullable=False),
        _text("language"),
        _text("theme"),
        _instant("changed_at"),
        _text("start_page"),
        Column("list_size", Integer),
        Column("email", Text),
        Column("oidc_subject", Text, unique=True),
        Index("accounts_by_email", "email", unique=True),
        comment="People who may log in.",
    )


def _sessions(metadata: MetaData) -> Table:
    return Table(
        "sessions",
        metadata,
        Column("token_hash", LargeBinary, primary_key=True),
        Column("session_id", Text, nullable=False, unique=True),
        _text("login"),
        _instant("created_at"),
        _instant("seen_at"),
        _text("address"),
        _text("agent"),
        _text("via"),
        Index("sessions_by_login", "login"),
        comment="Who is logged in; a session that is revoked is gone.",
    )


def _login_attempts(metadata: MetaData) -> Table:
    return Table(
        "login_attempts",
        metadata,
        Column("subject", Text, primary_key=True),
        Column("failures", Integer, nullable=False),
        _instant("last_at"),
        _instant("blocked_until"),
        Index("login_attempts_by_time", "last_at"),
        comment="Failed logins in a row, per login name and per address.",
    )


def _access_audit(metadata: MetaData) -> Table:
    return Table(
        "access_audit",
        metadata,
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        _instant("at"),
        _text("by"),
        _text("action"),
        _text("subject"),
        _text("before"),
        _text("after"),
        Column("hash", LargeBinary, nullable=False),
        Index("access_audit_by_subject", "subject", "seq"),
        comment="Every login and every change of accounts and sessions; a chain of hashes.",
    )


def _setup_tokens(metadata: MetaData) -> Table:
    return Table(
        "setup_tokens",
        metadata,
        Column("token_hash", LargeBinary, primary_key=True),
        _instant("expires_at"),
        comment="SHA-256 of what makes the first admin; empty as soon as there is a person.",
    )


def _api_keys(metadata: MetaData) -> Table:
    return Table(
        "api_keys",
        metadata,
        Column("key_id", Text, primary_key=True),
        Column("key_hash", LargeBinary, nullable=False, unique=True),
        _text("name"),
        _text("role"),
        _instant("created_at"),
        _text("created_by"),
        Column("expires_at", _INSTANT),
        Column("last_used_at", _INSTANT),
        Column("revoked_at", _INSTANT),
        comment="Keys of systems; of the key itself there is a SHA-256, and its beginning as its id.",
    )


def _oidc_logins(metadata: MetaData) -> Table:
    return Table(
        "oidc_logins",
        metadata,
        Column("state_hash", LargeBinary, primary_key=True),
        Column("browser_hash", LargeBinary, nullable=False),
        _text("nonce"),
        _text("verifier"),
        _text("back"),
        _instant("expires_at"),
        Index("oidc_logins_by_time", "expires_at"),
        comment="Who is at the OpenID provider just now; each is used once.",
    )
