"""Alerts: what was heard, the alerts themselves, their history, and the thresholds."""

from services.kit.migrate import run_script

revision = "0005"
down_revision = "0004"

SQL = """
-- What events and other parts said about a subject: the word with the highest rank holds, whatever order they come in.
CREATE TABLE alert_signals (
    customer_id text        NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    rank        bigint      NOT NULL,
    at          timestamptz NOT NULL,
    facts       json,
    until       date        NOT NULL,
    PRIMARY KEY (customer_id, kind, subject)
) WITH (fillfactor = 80);
CREATE INDEX alert_signals_in_force ON alert_signals (customer_id, until) WHERE facts IS NOT NULL;
COMMENT ON COLUMN alert_signals.customer_id IS 'or a salesperson or prospect, for kinds that are about those';
COMMENT ON COLUMN alert_signals.facts IS 'null: it is not the case any more';
COMMENT ON COLUMN alert_signals.until IS 'the last day on which it can matter';

-- One row per occurrence; of a dedup key one is open at a time.
CREATE TABLE alerts (
    alert_id      text        PRIMARY KEY,
    key           text        NOT NULL,
    kind          text        NOT NULL,
    customer_id   text        NOT NULL,
    subject       text        NOT NULL,
    subject_type  text        NOT NULL CHECK (subject_type IN ('customer', 'salesperson', 'prospect')),
    occurrence    int         NOT NULL CHECK (occurrence > 0),
    state         text        NOT NULL CHECK (state IN ('raised', 'acknowledged', 'snoozed', 'resolved')),
    severity      text        NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    owner_id      text        NOT NULL,
    owner_role    text        NOT NULL,
    assigned      boolean     NOT NULL,
    facts         jsonb       NOT NULL,
    documents     text[]      NOT NULL,
    snoozed_until timestamptz,
    cause         boolean     NOT NULL,
    origin        text        NOT NULL,
    raised_at     timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    version       int         NOT NULL,
    UNIQUE (key, occurrence),
    CHECK ((state = 'snoozed') = (snoozed_until IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX alerts_one_open ON alerts (key) WHERE state <> 'resolved';
CREATE INDEX alerts_alive ON alerts (customer_id) WHERE state <> 'resolved' OR cause;
CREATE INDEX alerts_snoozed ON alerts (snoozed_until) WHERE state = 'snoozed';
CREATE INDEX alerts_by_time ON alerts (raised_at, alert_id);
CREATE INDEX alerts_of_owner ON alerts (owner_id, owner_role, raised_at);
CREATE INDEX alerts_open ON alerts (owner_id, owner_role, severity) WHERE state <> 'resolved';
COMMENT ON COLUMN alerts.assigned IS 'somebody gave it to its owner: it does not follow the customer';
COMMENT ON COLUMN alerts.cause IS 'still the case; a person may have settled the alert before that';
COMMENT ON COLUMN alerts.owner_id IS 'empty: it is for everybody of owner_role';

-- Every step of every alert, written once, numbered in the order of the commits.
CREATE TABLE alert_history (
    seq           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    alert_id      text        NOT NULL,
    version       int         NOT NULL,
    step          text        NOT NULL,
    at            timestamptz NOT NULL,
    by            text        NOT NULL,
    reason        text        NOT NULL,
    state         text        NOT NULL,
    severity      text        NOT NULL,
    owner_id      text        NOT NULL,
    owner_role    text        NOT NULL,
    snoozed_until timestamptz,
    UNIQUE (alert_id, version)
);
CREATE FUNCTION alerts_written_once() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER alert_history_append_only BEFORE UPDATE OR DELETE ON alert_history
    FOR EACH ROW EXECUTE FUNCTION alerts_written_once();
CREATE TRIGGER alert_history_no_truncate BEFORE TRUNCATE ON alert_history
    FOR EACH STATEMENT EXECUTE FUNCTION alerts_written_once();

-- Thresholds, the highest version in force; without a row those that the software is delivered with.
CREATE TABLE alert_settings (
    version int         PRIMARY KEY CHECK (version > 0),
    body    jsonb       NOT NULL,
    reason  text        NOT NULL,
    set_by  text        NOT NULL,
    set_at  timestamptz NOT NULL
);
CREATE TRIGGER alert_settings_append_only BEFORE UPDATE OR DELETE ON alert_settings
    FOR EACH ROW EXECUTE FUNCTION alerts_written_once();

CREATE INDEX invoices_by_due_day ON invoices (customer_id, due_on) WHERE due_on IS NOT NULL;
-- What is the case already gets its alerts, too.
INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the tables."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError(
        "the history of alerts would be lost; run the version before on this schema instead"
    )
