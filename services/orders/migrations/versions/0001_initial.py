"""The order book and the catalogue."""

from services.kit.migrate import run_script
from services.kit.migrations import kit_sql

revision = "0001"
down_revision = None

SQL = """
-- The order book. Amounts are minor units of the row's currency; what a document says is written once.
CREATE TABLE orders (
    order_id         text        PRIMARY KEY,
    customer_id      text        NOT NULL,
    dated_at         timestamptz NOT NULL,
    currency         text,
    status           text        NOT NULL CHECK (status IN (
        'announced', 'placed', 'approved', 'held', 'rejected', 'released',
        'part_shipped', 'shipped', 'part_invoiced', 'invoiced', 'cancelled')),
    placed_at        timestamptz,
    placed_event_id  text,
    placed_by        text,
    payment_method   text,
    salesperson_id   text,
    revision         int         NOT NULL,
    amount_minor     bigint      NOT NULL,
    promised_on      date,
    cancelled_at     timestamptz,
    cancel_reason    text,
    decision_version int         NOT NULL,
    decision_kind    text,
    outcome          text,
    shipments        int         NOT NULL,
    shipped_minor    bigint      NOT NULL,
    invoices         int         NOT NULL,
    invoiced_minor   bigint      NOT NULL,
    closed           boolean     NOT NULL
)
-- Nothing indexed changes once an order is placed, so that its later steps are updates within the page.
WITH (fillfactor = 80);
COMMENT ON COLUMN orders.dated_at IS 'placed_at, or the earliest event while that is not known';
COMMENT ON COLUMN orders.placed_by IS 'the producer that reported it';
COMMENT ON COLUMN orders.revision IS 'of the body in force: 0 as placed, -1 none known';
COMMENT ON COLUMN orders.decision_version IS 'of the effective decision, 0: none';
CREATE INDEX orders_by_date ON orders (dated_at, order_id);
CREATE INDEX orders_by_customer ON orders (customer_id, dated_at, order_id);
CREATE INDEX orders_by_salesperson ON orders (salesperson_id, dated_at, order_id);

CREATE TABLE order_revisions (
    order_id     text        NOT NULL,
    revision     int         NOT NULL,
    at           timestamptz NOT NULL,
    event_id     text        NOT NULL,
    producer     text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    promised_on  date,
    digest       bytea       NOT NULL,
    PRIMARY KEY (order_id, revision)
);
COMMENT ON TABLE order_revisions IS 'Every body an order ever had; written once.';

CREATE TABLE order_lines (
    order_id       text          NOT NULL,
    revision       int           NOT NULL,
    line           int           NOT NULL,
    product_id     text          NOT NULL,
    quantity_milli bigint        NOT NULL,
    unit_price     numeric(19,4) NOT NULL,
    amount_minor   bigint        NOT NULL,
    PRIMARY KEY (order_id, revision, line)
);
COMMENT ON COLUMN order_lines.line IS '0, 1, 2 ... as on the document';

CREATE TABLE decisions (
    order_id       text        NOT NULL,
    version        int         NOT NULL,
    kind           text        NOT NULL CHECK (kind IN ('approved', 'held', 'rejected', 'released')),
    outcome        text        NOT NULL,
    currency       text        NOT NULL,
    amount_minor   bigint      NOT NULL,
    reasons        jsonb       NOT NULL,
    policy_version int         NOT NULL,
    exposure_minor bigint      NOT NULL,
    limit_minor    bigint,
    journal_seq    bigint      NOT NULL,
    trigger        text        NOT NULL,
    decided_by     text,
    comment        text        NOT NULL,
    decided_at     timestamptz NOT NULL,
    event_id       text        NOT NULL,
    digest         bytea       NOT NULL,
    PRIMARY KEY (order_id, version)
);
COMMENT ON TABLE decisions IS 'Every version of every decision, as credit published it; written once.';
COMMENT ON COLUMN decisions.kind IS 'approved, held, rejected or released';
COMMENT ON COLUMN decisions.limit_minor IS 'null: unlimited';

CREATE TABLE shipments (
    order_id     text        NOT NULL,
    shipment_id  text        NOT NULL,
    customer_id  text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    at           timestamptz NOT NULL,
    event_id     text        NOT NULL,
    digest       bytea       NOT NULL,
    PRIMARY KEY (order_id, shipment_id)
);

CREATE TABLE invoices (
    invoice_id   text        PRIMARY KEY,
    customer_id  text        NOT NULL,
    order_id     text,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    issued_on    date        NOT NULL,
    due_on       date,
    closes_order boolean     NOT NULL,
    at           timestamptz NOT NULL,
    event_id     text        NOT NULL,
    digest       bytea       NOT NULL
);
COMMENT ON COLUMN invoices.order_id IS 'null: an invoice without an order';
COMMENT ON COLUMN invoices.due_on IS 'null: issued_on plus the customer''s term days';
CREATE INDEX invoices_by_order ON invoices (order_id);

CREATE TABLE invoice_lines (
    invoice_id     text          NOT NULL,
    line           int           NOT NULL,
    product_id     text          NOT NULL,
    quantity_milli bigint        NOT NULL,
    unit_price     numeric(19,4) NOT NULL,
    amount_minor   bigint        NOT NULL,
    PRIMARY KEY (invoice_id, line)
);
COMMENT ON COLUMN invoice_lines.line IS '0, 1, 2 ... as on the document';

CREATE TABLE returns (
    return_id    text        PRIMARY KEY,
    customer_id  text        NOT NULL,
    order_id     text,
    invoice_id   text,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    reason       text        NOT NULL,
    at           timestamptz NOT NULL,
    event_id     text        NOT NULL,
    digest       bytea       NOT NULL
);
COMMENT ON COLUMN returns.order_id IS 'as told; a return that only names an invoice is of that invoice''s order';
CREATE INDEX returns_by_order ON returns (order_id);
CREATE INDEX returns_by_invoice ON returns (invoice_id);

CREATE TABLE return_lines (
    return_id      text          NOT NULL,
    line           int           NOT NULL,
    product_id     text          NOT NULL,
    quantity_milli bigint        NOT NULL,
    unit_price     numeric(19,4) NOT NULL,
    amount_minor   bigint        NOT NULL,
    PRIMARY KEY (return_id, line)
);
COMMENT ON COLUMN return_lines.line IS '0, 1, 2 ... as on the document';

CREATE TABLE products (
    product_id text        PRIMARY KEY,
    revision   int         NOT NULL,
    changed_at timestamptz NOT NULL,
    name       text        NOT NULL,
    category   text        NOT NULL,
    currency   text        NOT NULL,
    unit_cost  numeric(19,4),
    list_price numeric(19,4),
    created    bytea
);
COMMENT ON COLUMN products.created IS 'digest of the entry it was created with';
CREATE INDEX products_by_category ON products (category, product_id);

CREATE TABLE product_entries (
    product_id text        NOT NULL,
    revision   int         NOT NULL,
    valid_from timestamptz NOT NULL,
    name       text        NOT NULL,
    category   text        NOT NULL,
    currency   text        NOT NULL,
    unit_cost  numeric(19,4),
    list_price numeric(19,4),
    event_id   text        NOT NULL,
    digest     bytea       NOT NULL,
    PRIMARY KEY (product_id, revision, valid_from)
);
COMMENT ON TABLE product_entries IS 'Every entry a product ever had, and so its cost at any time; written once.';
"""


def upgrade() -> None:
    run_script(kit_sql("kit_0001"))
    run_script(SQL)
