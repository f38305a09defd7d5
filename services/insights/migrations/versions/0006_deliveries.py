"""Telling people of alerts: how they want to be told, where, and what is still to be sent."""

from services.kit.migrate import run_script

revision = "0006"
down_revision = "0005"

SQL = """
-- How a person, or everybody of a role, wants to be told.
CREATE TABLE recipients (
    scope          text        NOT NULL CHECK (scope IN ('people', 'roles')),
    name           text        NOT NULL,
    language       text        NOT NULL CHECK (language IN ('en', 'zh')),
    timezone       text        NOT NULL,
    quiet_from     time,
    quiet_until    time,
    breaks_through boolean     NOT NULL,
    digest_minutes int         NOT NULL CHECK (digest_minutes >= 0),
    digest_count   int         NOT NULL CHECK (digest_count > 0),
    set_by         text        NOT NULL,
    set_at         timestamptz NOT NULL,
    PRIMARY KEY (scope, name),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL))
);
COMMENT ON COLUMN recipients.breaks_through IS 'what is critical is sent at once, also in quiet hours';

-- Where. Addresses and secrets are written and read, and never shown.
CREATE TABLE channels (
    channel_id    text        PRIMARY KEY,
    scope         text        NOT NULL,
    name          text        NOT NULL,
    kind          text        NOT NULL,
    address       text        NOT NULL,
    secret        text        NOT NULL,
    place         text        NOT NULL,
    fingerprint   text        NOT NULL,
    min_rank      int         NOT NULL,
    active        boolean     NOT NULL,
    failures      int         NOT NULL DEFAULT 0,
    paused_until  timestamptz NOT NULL DEFAULT '-infinity',
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    claim         bigint      NOT NULL DEFAULT 0,
    set_by        text        NOT NULL,
    set_at        timestamptz NOT NULL,
    FOREIGN KEY (scope, name) REFERENCES recipients
);
CREATE INDEX channels_of_recipient ON channels (scope, name) WHERE active;
COMMENT ON COLUMN channels.min_rank IS 'of the severity: 0 info, 1 warning, 2 critical';
COMMENT ON COLUMN channels.failures IS 'in a row';
COMMENT ON COLUMN channels.claim IS 'counts who has taken it; claimed_until is the end of the lease';

-- What is to be sent: written with the step it tells of, in one transaction.
CREATE TABLE deliveries (
    delivery_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel_id  text        NOT NULL REFERENCES channels,
    alert_id    text        NOT NULL,
    version     int         NOT NULL,
    severity    text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
    created_at  timestamptz NOT NULL,
    not_before  timestamptz NOT NULL,
    attempts    int         NOT NULL,
    last_error  text        NOT NULL,
    message     text        NOT NULL,
    done_at     timestamptz,
    UNIQUE (channel_id, alert_id, version)
) WITH (fillfactor = 80);
CREATE INDEX deliveries_pending ON deliveries (channel_id, not_before) WHERE state = 'pending';
CREATE INDEX deliveries_failed ON deliveries (delivery_id) WHERE state = 'failed';
COMMENT ON COLUMN deliveries.version IS 'the step of the alert that it tells of';
COMMENT ON COLUMN deliveries.not_before IS 'put off by quiet hours, or to be gathered into a digest';
COMMENT ON COLUMN deliveries.message IS 'the message it was sent with; those sent together share it';
"""


def upgrade() -> None:
    """Add the tables."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError(
        "what is still to be sent would be lost; run the version before on this schema instead"
    )
