"""The customer archive."""

from services.kit.migrate import run_script
from services.kit.migrations import kit_sql

revision = "0001"
down_revision = None

SQL = """
-- The archive card in force. Revision 0: something is known of the customer, but nobody has entered a card.
CREATE TABLE customers (
    customer_id          text        PRIMARY KEY,
    revision             int         NOT NULL,
    changed_at           timestamptz,
    name                 text        NOT NULL,
    short_name           text        NOT NULL,
    region               text        NOT NULL,
    category             text        NOT NULL,
    business_form        text        NOT NULL,
    ownership            text        NOT NULL,
    bank_account         text        NOT NULL,
    tags                 text[]      NOT NULL,
    created              bytea,
    created_at           timestamptz,
    blacklisted          boolean     NOT NULL,
    blacklist_reason     text        NOT NULL,
    blacklist_changed_at timestamptz
);
COMMENT ON COLUMN customers.revision IS 'of the card in force; 0: nobody has entered a card yet';
COMMENT ON COLUMN customers.created IS 'digest of the card it was entered with';
CREATE INDEX customers_by_name ON customers (name, customer_id);
CREATE INDEX customers_by_region ON customers (region, customer_id);
CREATE INDEX customers_by_category ON customers (category, customer_id);

CREATE TABLE contacts (
    customer_id text NOT NULL,
    position    int  NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL,
    phone       text NOT NULL,
    email       text NOT NULL,
    PRIMARY KEY (customer_id, position)
);

CREATE TABLE cards (
    customer_id text        NOT NULL,
    revision    int         NOT NULL,
    changed_at  timestamptz NOT NULL,
    body        jsonb       NOT NULL,
    event_id    text        NOT NULL,
    producer    text        NOT NULL,
    digest      bytea       NOT NULL,
    PRIMARY KEY (customer_id, revision, changed_at)
);
COMMENT ON TABLE cards IS 'Every card a customer ever had; written once.';

CREATE TABLE assignments (
    customer_id    text        NOT NULL,
    from_day       date        NOT NULL,
    salesperson_id text        NOT NULL,
    assigned_at    timestamptz NOT NULL,
    event_id       text        NOT NULL,
    PRIMARY KEY (customer_id, from_day)
);
COMMENT ON TABLE assignments IS 'Who looks after a customer from a day on, until the day of the next row.';
CREATE INDEX assignments_by_salesperson ON assignments (salesperson_id, customer_id);

CREATE TABLE blacklistings (
    customer_id text        NOT NULL,
    at          timestamptz NOT NULL,
    step        text        NOT NULL CHECK (step IN ('blacklisted', 'lifted')),
    reason      text        NOT NULL,
    event_id    text        NOT NULL,
    producer    text        NOT NULL,
    PRIMARY KEY (customer_id, at, step)
);
COMMENT ON TABLE blacklistings IS 'Every blacklisting and lifting; written once.';

-- What credit last told, in minor units.
CREATE TABLE standings (
    customer_id       text    PRIMARY KEY,
    journal_seq       bigint  NOT NULL,
    told_at           timestamptz,
    day               date,
    currency          text,
    limit_minor       bigint,
    term_days         int     NOT NULL,
    open_orders_minor bigint  NOT NULL,
    shipped_minor     bigint  NOT NULL,
    invoiced_minor    bigint  NOT NULL,
    unapplied_minor   bigint  NOT NULL,
    exposure_minor    bigint  NOT NULL,
    overdue_minor     bigint  NOT NULL,
    overdue_items     int     NOT NULL,
    overdue_days      int     NOT NULL,
    held_orders       int     NOT NULL,
    blacklisted       boolean NOT NULL,
    on_hold           boolean NOT NULL,
    approved          int     NOT NULL,
    held              int     NOT NULL,
    rejected          int     NOT NULL,
    released          int     NOT NULL,
    decided_at        timestamptz
)
-- Updated with every trade of the customer and indexed by nothing that changes: updates stay within the page.
WITH (fillfactor = 70);
COMMENT ON COLUMN standings.journal_seq IS 'of the snapshot; 0: none yet';
COMMENT ON COLUMN standings.limit_minor IS 'null: unlimited; 0: cash only';
"""


def upgrade() -> None:
    run_script(kit_sql("kit_0001"))
    run_script(SQL)
