"""The policy as documents with an audit trail, which version is in force where, and what its rules look at."""

from services.kit.migrate import run_script

revision = "0007"
down_revision = "0006"

SQL = """
ALTER TABLE policies
    ALTER COLUMN effective_from DROP DEFAULT,
    ALTER COLUMN effective_from DROP NOT NULL,
    ALTER COLUMN effective_from TYPE date USING NULL,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN created_by text,
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN activated_at timestamptz,
    ADD COLUMN activated_by text,
    ADD COLUMN activation_reason text NOT NULL DEFAULT '';
-- What the document said before stays in it for processes that have not been changed yet.
UPDATE policies SET body = body || '{"company": {"overdue_days": {"max_days": 30}}}', reason = 'delivered',
    activated_at = created_at WHERE version = 1;

CREATE TABLE partition_policies (
    partition    int  NOT NULL,
    version      int  NOT NULL,
    from_day     date NOT NULL,
    activated_at text NOT NULL,
    turn         int,
    PRIMARY KEY (partition, version)
);
COMMENT ON COLUMN partition_policies.turn IS '1, 2 ... in the order of coming into force; null: its day has not begun';

CREATE TABLE back_tests (
    back_test_id text        PRIMARY KEY,
    policy       jsonb       NOT NULL,
    from_day     date        NOT NULL,
    to_day       date        NOT NULL,
    status       text        NOT NULL,
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL,
    seen_at      timestamptz,
    done         bigint      NOT NULL DEFAULT 0,
    total        bigint      NOT NULL DEFAULT 0,
    error        text        NOT NULL DEFAULT '',
    totals       jsonb       NOT NULL DEFAULT '{}'
);
CREATE TABLE back_test_customers (
    back_test_id    text   NOT NULL,
    number          int    NOT NULL,
    customer_id     text   NOT NULL,
    currency        text   NOT NULL,
    decisions       int    NOT NULL,
    blocked         int    NOT NULL,
    passed          int    NOT NULL,
    restated        int    NOT NULL,
    sales_blocked   bigint NOT NULL,
    sales_passed    bigint NOT NULL,
    overdue_avoided bigint NOT NULL,
    PRIMARY KEY (back_test_id, number)
);
CREATE TABLE back_test_flips (
    back_test_id text   NOT NULL,
    number       int    NOT NULL,
    customer_id  text   NOT NULL,
    journal_seq  bigint NOT NULL,
    order_id     text   NOT NULL,
    day          date   NOT NULL,
    recorded     text   NOT NULL,
    candidate    text   NOT NULL,
    amount       bigint NOT NULL,
    currency     text   NOT NULL,
    reasons      jsonb  NOT NULL,
    PRIMARY KEY (back_test_id, number)
);

ALTER TABLE accounts
    ADD COLUMN risk_class text,
    ADD COLUMN settled_items int NOT NULL DEFAULT 0,
    ADD COLUMN settled_days_late bigint NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN term_days int;
ALTER TABLE items ADD COLUMN settled_on date;
"""

# What is settled was settled by the last money that was applied to it.
BACKFILL = """
UPDATE items SET settled_on = s.day
FROM (SELECT invoice_id, (SELECT day FROM journal j WHERE j.customer_id = a.customer_id AND j.seq = a.seq) AS day
      FROM (SELECT invoice_id, customer_id, max(seq) AS seq FROM allocations GROUP BY invoice_id, customer_id) a) s
WHERE items.invoice_id = s.invoice_id AND items.open = 0 AND items.amount > 0;
UPDATE accounts SET settled_items = s.items, settled_days_late = s.days_late
FROM (SELECT customer_id, count(*) AS items, sum(greatest(0, settled_on - due_on)) AS days_late
      FROM items WHERE settled_on IS NOT NULL GROUP BY customer_id) s
WHERE accounts.customer_id = s.customer_id;
"""


def upgrade() -> None:
    """Change the tables, and bring what the rules look at up to date from the documents."""
    run_script(SQL)
    run_script(BACKFILL)
