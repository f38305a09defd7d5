"""Risk: policies, what persons enter, paying history, standings and rulings on proposals. All derived or API-owned."""

import json

from services.kit.migrate import run_script

revision = "0005"
down_revision = "0004"

# Factor: weight, points where there is no value, and the points up to and including a value.
FACTORS = {
    "limit_used": (10, None, {"50": 100, "80": 80, "100": 50, None: 0}),
    "sales_count": (5, None, {"0": 20, "3": 50, "11": 80, None: 100}),
    "sales_amount": (5, None, {"0": 20, "10000": 50, "100000": 80, None: 100}),
    "balance": (5, None, {"0": 100, "10000": 90, "100000": 70, None: 50}),
    "overdue_amount": (10, None, {"0": 100, "1000": 80, "10000": 50, None: 10}),
    "overdue_days": (20, None, {"0": 100, "7": 80, "30": 50, "60": 20, None: 0}),
    "overdue_items": (10, None, {"0": 100, "1": 80, "3": 50, None: 10}),
    "collection_ratio": (20, None, {"50": 0, "80": 40, "95": 75, None: 100}),
    "days_without_trade": (5, 40, {"30": 100, "90": 70, "180": 40, None: 10}),
    "basic": (2, None, {"40": 20, "60": 50, "80": 80, None: 100}),
    "financial": (2, None, {"40": 20, "60": 50, "80": 80, None: 100}),
    "special": (1, None, {"40": 20, "60": 50, "80": 80, None: 100}),
    "years_in_business": (3, None, {"1": 20, "3": 50, "10": 80, None: 100}),
    "capital": (1, None, {"100000": 30, "1000000": 70, None: 100}),
    "agency_report": (1, None, {"40": 20, "60": 50, "80": 80, None: 100}),
}
# Class: from which score, term days, limit in months of sales, and at most.
CLASSES = {
    "A": ("80", 60, "2.5", None),
    "B": ("65", 30, "1.5", None),
    "C": ("45", 15, "0.5", None),
    "D": ("0", 0, "0", "0"),
}
POLICY = {
    "window_days": 365,
    "factors": [
        {
            "name": name,
            "weight": weight,
            "unknown": unknown,
            "bands": [{"up_to": up_to, "points": points} for up_to, points in bands.items()],
        }
        for name, (weight, unknown, bands) in FACTORS.items()
    ],
    "classes": [
        dict(
            zip(
                ("name", "from_score", "term_days", "months_of_sales", "limit_at_most"),
                (name, *rest),
                strict=True,
            )
        )
        for name, rest in CLASSES.items()
    ],
    "limit_step": "100",
    "due_soon_days": 7,
    "call_horizon_days": 7,
    "call_effect": "2",
}

SQL = """
CREATE TABLE risk_policies (
    version        int         PRIMARY KEY,
    body           text        NOT NULL,
    effective_from date        NOT NULL,
    by             text,
    reason         text        NOT NULL,
    at             timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE risk_entries (
    customer_id text        NOT NULL,
    version     int         NOT NULL,
    entered     jsonb       NOT NULL,
    by          text        NOT NULL,
    reason      text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, version)
);

CREATE TABLE risk_rulings (
    customer_id text        NOT NULL,
    number      int         NOT NULL,
    accepted    bool        NOT NULL,
    proposal    jsonb       NOT NULL,
    event       text,
    by          text        NOT NULL,
    reason      text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, number)
);

CREATE TABLE invoice_history (
    invoice_id  text   PRIMARY KEY,
    customer_id text   NOT NULL,
    issued_on   date   NOT NULL,
    due_on      date   NOT NULL,
    amount      bigint NOT NULL,
    open        bigint NOT NULL,
    settled_seq bigint,
    settled_on  date
);
CREATE INDEX invoice_history_issued ON invoice_history (customer_id, issued_on);
CREATE INDEX invoice_history_due ON invoice_history (customer_id, due_on);
CREATE INDEX invoice_history_open ON invoice_history (customer_id) WHERE open > 0;
CREATE INDEX invoice_history_settled ON invoice_history (customer_id, settled_seq) WHERE settled_seq IS NOT NULL;
COMMENT ON TABLE invoice_history
    IS 'derived from the journal, a moment behind it: what the risk of a customer is read from';
COMMENT ON COLUMN invoice_history.settled_seq
    IS 'the journal entry that last paid it; null: open, or settled without money';

CREATE TABLE payment_populations (
    version int         PRIMARY KEY,
    body    jsonb       NOT NULL,
    settled int         NOT NULL,
    at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE risk_standings (
    customer_id        text   PRIMARY KEY,
    seq                bigint NOT NULL,
    day                date,
    currency           text   NOT NULL,
    policy_version     int    NOT NULL,
    population_version int    NOT NULL,
    score              int    NOT NULL,
    risk_class         text   NOT NULL,
    exposure           bigint NOT NULL,
    call_amount        bigint NOT NULL,
    call_value         bigint NOT NULL,
    overdue_days       int    NOT NULL,
    body               text   NOT NULL
);
CREATE INDEX risk_standings_score ON risk_standings (score, customer_id);
CREATE INDEX risk_standings_call ON risk_standings (currency, call_value, customer_id) WHERE call_value > 0;
COMMENT ON COLUMN risk_standings.seq
    IS 'the journal entry of the customer up to which this standing and invoice_history reach';

CREATE FUNCTION risk_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER risk_policies_append_only BEFORE UPDATE OR DELETE ON risk_policies
    FOR EACH ROW EXECUTE FUNCTION risk_is_append_only();
CREATE TRIGGER risk_entries_append_only BEFORE UPDATE OR DELETE ON risk_entries
    FOR EACH ROW EXECUTE FUNCTION risk_is_append_only();
CREATE TRIGGER risk_rulings_append_only BEFORE UPDATE OR DELETE ON risk_rulings
    FOR EACH ROW EXECUTE FUNCTION risk_is_append_only();
"""


def upgrade() -> None:
    """Create the tables and the first policy."""
    run_script(SQL)
    run_script(
        "INSERT INTO risk_policies (version, body, effective_from, reason) "  # noqa: S608
        f"VALUES (1, '{json.dumps(POLICY)}', '0001-01-01', 'as delivered')"
    )
