"""Accounts, orders, receivables and the journal."""

from services.kit.migrate import run_script
from services.kit.migrations import kit_sql

revision = "0001"
down_revision = None

SQL = """
CREATE TABLE policies (
    version        int         PRIMARY KEY,
    body           jsonb       NOT NULL,
    effective_from timestamptz NOT NULL DEFAULT now()
);
INSERT INTO policies (version, body) VALUES (1, '{"thresholds": {"max_days": 30}, "release_order": "oldest"}');

CREATE TABLE accounts (
    customer_id       text   PRIMARY KEY,
    partition         int    NOT NULL,
    currency          text   NOT NULL,
    seq               bigint NOT NULL,
    hash              bytea  NOT NULL,
    term_days         int    NOT NULL,
    credit_limit      bigint,
    grace_days        int    NOT NULL,
    single_order_max  bigint,
    thresholds        jsonb,
    review_on         date,
    temporary_limit   bigint,
    temporary_from    date,
    temporary_until   date,
    blacklist         text,
    hold              text,
    open_orders       bigint NOT NULL,
    shipped           bigint NOT NULL,
    invoiced          bigint NOT NULL,
    unapplied         bigint NOT NULL,
    held_orders       int    NOT NULL,
    held_amount       bigint NOT NULL,
    overdue_amount    bigint NOT NULL,
    overdue_items     int    NOT NULL,
    oldest_overdue    date,
    next_due          date,
    wakes_on          date
) WITH (fillfactor = 70);
CREATE INDEX accounts_waking ON accounts (partition, wakes_on) WHERE wakes_on IS NOT NULL;

CREATE TABLE orders (
    order_id      text   PRIMARY KEY,
    customer_id   text   NOT NULL,
    status        text   NOT NULL,
    amount        bigint NOT NULL,
    currency      text   NOT NULL,
    method        text   NOT NULL,
    revision      int    NOT NULL,
    open          bigint NOT NULL,
    shipped       bigint NOT NULL,
    invoiced      bigint NOT NULL,
    version       int    NOT NULL,
    decision_seq  bigint NOT NULL,
    placed_at     text   NOT NULL,
    promised_on   date,
    placed_amount bigint NOT NULL,
    closed        bool   NOT NULL
);
CREATE INDEX orders_held ON orders (customer_id) WHERE status = 'held';

CREATE TABLE items (
    invoice_id  text   PRIMARY KEY,
    customer_id text   NOT NULL,
    order_id    text,
    amount      bigint NOT NULL,
    open        bigint NOT NULL,
    issued_on   date   NOT NULL,
    due_on      date   NOT NULL,
    overdue     bool   NOT NULL
);
CREATE INDEX items_open ON items (customer_id) WHERE open > 0;

CREATE TABLE credits (
    credit_id   text   PRIMARY KEY,
    customer_id text   NOT NULL,
    seq         bigint NOT NULL,
    amount      bigint NOT NULL,
    remaining   bigint NOT NULL,
    reversed    bool   NOT NULL,
    intents     jsonb  NOT NULL
);
CREATE INDEX credits_remaining ON credits (customer_id) WHERE remaining > 0;

CREATE TABLE allocations (
    customer_id text   NOT NULL,
    seq         bigint NOT NULL,
    credit_id   text   NOT NULL,
    invoice_id  text   NOT NULL,
    amount      bigint NOT NULL
);
CREATE INDEX allocations_credit ON allocations (credit_id);
CREATE INDEX allocations_invoice ON allocations (invoice_id);

CREATE TABLE journal (
    customer_id text   NOT NULL,
    seq         bigint NOT NULL,
    kind        text   NOT NULL,
    day         date   NOT NULL,
    event_key   bytea,
    digest      bytea,
    body        text   NOT NULL,
    hash        bytea  NOT NULL,
    PRIMARY KEY (customer_id, seq)
);
CREATE UNIQUE INDEX journal_event ON journal (event_key) WHERE event_key IS NOT NULL;
COMMENT ON COLUMN journal.event_key IS 'the receipt of the event; null on the further entries of the same event';

CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
"""


def upgrade() -> None:
    """Create the kit's tables and the service's own."""
    run_script(kit_sql("kit_0001"))
    run_script(SQL)
