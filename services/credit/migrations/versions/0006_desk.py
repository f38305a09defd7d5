"""The desk of finance: cases, their owners and log, approvals, ceilings, and releases by hand that stick."""

from services.kit.migrate import run_script

revision = "0006"
down_revision = "0005"

SQL = """
CREATE TABLE cases (
    order_id    text   PRIMARY KEY,
    customer_id text   NOT NULL,
    opened_seq  bigint NOT NULL,
    opened_on   date   NOT NULL,
    due_on      date,
    level       int    NOT NULL
);
CREATE INDEX cases_customer ON cases (customer_id);
COMMENT ON TABLE cases IS 'held orders as work: one per held order, as the journal says';

CREATE TABLE overrides (
    order_id    text   PRIMARY KEY,
    customer_id text   NOT NULL,
    amount      bigint NOT NULL,
    day         date   NOT NULL,
    by          text   NOT NULL
);
COMMENT ON TABLE overrides IS 'orders approved by a person: for how much, when and by whom';

CREATE TABLE case_owners (
    order_id   text        PRIMARY KEY,
    opened_seq bigint      NOT NULL,
    owner      text        NOT NULL,
    since      timestamptz NOT NULL
);
COMMENT ON TABLE case_owners IS 'who works on a case; opened_seq says on which one, an order may be held again';

CREATE TABLE case_log (
    id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    text        NOT NULL,
    customer_id text        NOT NULL,
    opened_seq  bigint      NOT NULL,
    at          timestamptz NOT NULL,
    kind        text        NOT NULL,
    by          text,
    owner       text,
    note        text        NOT NULL DEFAULT ''
);
CREATE INDEX case_log_order ON case_log (order_id, id);
COMMENT ON TABLE case_log IS 'what people did about held orders, notes included; written once';
CREATE FUNCTION written_once() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER case_log_append_only BEFORE UPDATE OR DELETE ON case_log
    FOR EACH ROW EXECUTE FUNCTION written_once();
CREATE TRIGGER case_log_no_truncate BEFORE TRUNCATE ON case_log
    FOR EACH STATEMENT EXECUTE FUNCTION written_once();

CREATE TABLE approvals (
    approval_id  text        PRIMARY KEY,
    kind         text        NOT NULL,
    state        text        NOT NULL,
    customer_id  text        NOT NULL,
    order_id     text,
    currency     text        NOT NULL,
    amount       bigint,
    request      jsonb       NOT NULL,
    reason       text        NOT NULL,
    requested_by text        NOT NULL,
    requester    text        NOT NULL,
    requested_at timestamptz NOT NULL,
    until_day    date,
    closed_by    text,
    closed_at    timestamptz,
    comment      text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX approvals_open_release ON approvals (order_id) WHERE state = 'open' AND kind = 'release';
CREATE UNIQUE INDEX approvals_open_limit ON approvals (customer_id)
    WHERE state = 'open' AND kind = 'temporary_limit';
CREATE INDEX approvals_order ON approvals (order_id);
CREATE INDEX approvals_requested ON approvals (requested_at, approval_id);
COMMENT ON TABLE approvals IS 'what needs a second person: asked for, and what became of it';

CREATE TABLE ceilings (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope     text        NOT NULL,
    name      text        NOT NULL,
    shown     text        NOT NULL,
    currency  text        NOT NULL,
    amount    bigint,
    removed   bool        NOT NULL,
    reason    text        NOT NULL,
    set_by    text        NOT NULL,
    set_at    timestamptz NOT NULL
);
CREATE INDEX ceilings_of ON ceilings (scope, name, currency, id);
COMMENT ON TABLE ceilings IS 'up to which amount somebody may grant alone; the latest row counts, written once';
CREATE TRIGGER ceilings_append_only BEFORE UPDATE OR DELETE ON ceilings
    FOR EACH ROW EXECUTE FUNCTION written_once();
CREATE TRIGGER ceilings_no_truncate BEFORE TRUNCATE ON ceilings
    FOR EACH STATEMENT EXECUTE FUNCTION written_once();
"""

# An order held before has a case too, without a deadline: its journal promised none.
BACKFILL = """
WITH decisions AS (
    SELECT o.order_id, o.customer_id, j.seq, j.day, j.body::json ->> 'outcome' AS outcome
    FROM orders o JOIN journal j ON j.customer_id = o.customer_id AND j.kind = 'decision'
         AND j.body::json ->> 'order' = o.order_id
    WHERE o.status = 'held'
), since AS (
    SELECT order_id, coalesce(max(seq) FILTER (WHERE outcome <> 'held'), 0) AS seq FROM decisions GROUP BY order_id
)
INSERT INTO cases (order_id, customer_id, opened_seq, opened_on, due_on, level)
SELECT DISTINCT ON (d.order_id) d.order_id, d.customer_id, d.seq, d.day, NULL, 0
FROM decisions d JOIN since s ON s.order_id = d.order_id AND d.seq > s.seq
ORDER BY d.order_id, d.seq;

INSERT INTO overrides (order_id, customer_id, amount, day, by)
SELECT o.order_id, o.customer_id, (j.body::json ->> 'amount')::bigint, j.day, j.body::json ->> 'by'
FROM orders o JOIN journal j ON j.customer_id = o.customer_id AND j.seq = o.decision_seq
WHERE o.status = 'approved' AND j.body::json ->> 'trigger' = 'manual release' AND j.body::json ->> 'by' IS NOT NULL;
"""


def upgrade() -> None:
    """Make the tables, and a case for each order that is held."""
    run_script(SQL)
    run_script(BACKFILL)
