"""Dormant spells with what ended them, the follow-ups on customers, and the names of salespeople."""

from services.kit.migrate import run_script

revision = "0008"
down_revision = "0007"

SQL = """
CREATE TABLE follow_ups (
    customer_id    text NOT NULL,
    follow_up_id   text NOT NULL,
    recorded_at    timestamptz,
    salesperson_id text,
    how            text,
    happened_on    date,
    alert_id       text,
    completed_on   date,
    PRIMARY KEY (customer_id, follow_up_id)
);
COMMENT ON COLUMN follow_ups.recorded_at IS 'null: only a later step has come so far';
COMMENT ON COLUMN follow_ups.happened_on IS 'the day it took place, as recorded; null: it was planned';
COMMENT ON COLUMN follow_ups.completed_on IS 'the first day on which it was said to be done';

CREATE TABLE salespeople (
    salesperson_id text        PRIMARY KEY,
    revision       int         NOT NULL,
    changed_at     timestamptz NOT NULL,
    name           text        NOT NULL,
    team           text        NOT NULL,
    region         text        NOT NULL,
    active_from    date        NOT NULL,
    active_to      date
);

-- Silences that made a customer dormant, those that are over included.
CREATE TABLE dormant_spells (
    customer_id    text NOT NULL,
    last_order_day date NOT NULL,
    days_on        date,
    rhythm_on      date,
    revived_on     date,
    credited_to    text NOT NULL,
    follow_up_id   text,
    PRIMARY KEY (customer_id, last_order_day),
    CHECK (days_on IS NOT NULL OR rhythm_on IS NOT NULL)
);
CREATE INDEX dormant_spells_revived ON dormant_spells (revived_on) WHERE revived_on IS NOT NULL;
COMMENT ON COLUMN dormant_spells.days_on IS 'first dormant day by the fixed number of days; null: not so silent';
COMMENT ON COLUMN dormant_spells.rhythm_on IS 'likewise by the rhythm of its own';
COMMENT ON COLUMN dormant_spells.revived_on IS 'day of the order that ended it; null: it lasts';
COMMENT ON COLUMN dormant_spells.credited_to IS 'who looked after the customer on revived_on; empty: nobody';
COMMENT ON COLUMN dormant_spells.follow_up_id IS 'the last contact before the order, within the days of the policy';

INSERT INTO stale_customers (customer_id) SELECT customer_id FROM customers ORDER BY customer_id;
"""


def upgrade() -> None:
    """Add the tables, and have everybody derived."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
