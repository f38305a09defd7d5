"""People and relations: audit, salespeople, follow-ups, satisfaction, prospects, grading; phones and more contacts."""

from services.kit.migrate import run_script

revision = "0002"
down_revision = "0001"

SQL = """
ALTER TABLE customers ADD COLUMN phones text[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN phones text[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN chat text NOT NULL DEFAULT '';
ALTER TABLE contacts ADD COLUMN preferred boolean NOT NULL DEFAULT false;
ALTER TABLE contacts ADD COLUMN notes text NOT NULL DEFAULT '';
CREATE INDEX customers_by_tag ON customers USING gin (tags);

CREATE TABLE changes (
    subject    text        NOT NULL CHECK (subject IN ('customer', 'prospect', 'staff')),
    subject_id text        NOT NULL,
    part       text        NOT NULL,
    at         timestamptz NOT NULL,
    digest     bytea       NOT NULL,
    kind       text        NOT NULL,
    by         text,
    after      jsonb       NOT NULL,
    event_id   text        NOT NULL,
    producer   text        NOT NULL,
    PRIMARY KEY (subject, subject_id, part, at, digest)
);
COMMENT ON TABLE changes IS 'Every word about a customer, prospect or salesperson; written once.';

-- What is known from before: who did it was not kept then, and of several words about one day only the last.
INSERT INTO changes
SELECT 'customer', customer_id, 'card', k.changed_at, decode(md5(k.event_id), 'hex'),
       CASE WHEN k.digest = c.created AND k.changed_at = c.created_at THEN 'customer.created'
            ELSE 'customer.changed' END,
       NULL, k.body || jsonb_build_object('customer_id', customer_id, 'revision', k.revision), k.event_id, k.producer
FROM cards k LEFT JOIN customers c USING (customer_id);
INSERT INTO changes
SELECT 'customer', customer_id, 'assignment:' || from_day, assigned_at, decode(md5(event_id), 'hex'),
       'customer.assigned', NULL,
       jsonb_build_object('customer_id', customer_id, 'salesperson_id', salesperson_id, 'from_day', from_day),
       event_id, ''
FROM assignments;
INSERT INTO changes
SELECT 'customer', customer_id, 'blacklist', at, decode(md5(event_id), 'hex'),
       CASE step WHEN 'lifted' THEN 'customer.blacklist_lifted' ELSE 'customer.blacklisted' END, NULL,
       jsonb_build_object('customer_id', customer_id, 'reason', reason), event_id, producer
FROM blacklistings;

CREATE TABLE staff (
    salesperson_id text PRIMARY KEY,
    revision       int  NOT NULL,
    changed_at     timestamptz,
    name           text NOT NULL,
    active_from    date,
    active_to      date,
    team           text NOT NULL,
    region         text NOT NULL,
    email          text NOT NULL,
    chat           text NOT NULL,
    created        bytea,
    created_at     timestamptz,
    digest         bytea
);
COMMENT ON COLUMN staff.revision IS 'of the entry in force; 0: only named by events';
INSERT INTO staff (salesperson_id, revision, name, team, region, email, chat)
SELECT DISTINCT salesperson_id, 0, '', '', '', '', '' FROM assignments;

CREATE TABLE follow_ups (
    follow_up_id   text PRIMARY KEY,
    customer_id    text,
    prospect_id    text,
    partition      int  NOT NULL,
    recorded       bytea,
    recorded_at    timestamptz,
    recorded_by    text,
    salesperson_id text NOT NULL,
    how            text NOT NULL,
    happened_at    timestamptz,
    contact        text NOT NULL,
    outcome        text,
    notes          text NOT NULL,
    next_step      text NOT NULL,
    alert_id       text,
    step           text,
    step_at        timestamptz,
    step_by        text,
    step_outcome   text,
    step_notes     text NOT NULL,
    remind_on      date,
    open           boolean NOT NULL,
    due_told_on    date,
    CHECK ((customer_id IS NULL) <> (prospect_id IS NULL))
);
COMMENT ON COLUMN follow_ups.partition IS 'whose clock tells when it is due';
CREATE INDEX follow_ups_by_customer ON follow_ups (customer_id, recorded_at);
CREATE INDEX follow_ups_by_prospect ON follow_ups (prospect_id, recorded_at);
CREATE INDEX follow_ups_by_salesperson ON follow_ups (salesperson_id, recorded_at);
CREATE INDEX follow_ups_by_alert ON follow_ups (alert_id);
-- What a day may find due: only what is open and not told.
CREATE INDEX follow_ups_to_tell ON follow_ups (partition, remind_on)
    WHERE open AND due_told_on IS DISTINCT FROM remind_on;

CREATE TABLE satisfactions (
    satisfaction_id text        PRIMARY KEY,
    customer_id     text        NOT NULL,
    score           smallint    NOT NULL CHECK (score BETWEEN 1 AND 5),
    source          text        NOT NULL,
    on_day          date        NOT NULL,
    contact         text        NOT NULL,
    comment         text        NOT NULL,
    by              text,
    recorded_at     timestamptz NOT NULL,
    event_id        text        NOT NULL,
    digest          bytea       NOT NULL
);
COMMENT ON TABLE satisfactions IS 'Every score; written once.';
CREATE INDEX satisfactions_by_customer ON satisfactions (customer_id, on_day);
CREATE INDEX satisfactions_by_day ON satisfactions (on_day);

-- Amounts are minor units.
CREATE TABLE prospects (
    prospect_id    text   PRIMARY KEY,
    revision       int    NOT NULL,
    changed_at     timestamptz,
    name           text   NOT NULL,
    short_name     text   NOT NULL,
    kind           text   NOT NULL,
    region         text   NOT NULL,
    category       text   NOT NULL,
    business_form  text   NOT NULL,
    currency       text   NOT NULL,
    assets_minor   bigint,
    sales_minor    bigint,
    growth_percent int,
    need_minor     bigint,
    salesperson_id text,
    next_visit     date,
    source         text   NOT NULL,
    notes          text   NOT NULL,
    tags           text[] NOT NULL,
    contacts       jsonb  NOT NULL,
    created        bytea,
    created_at     timestamptz,
    digest         bytea,
    customer_id    text,
    converted_at   timestamptz,
    lost_at        timestamptz,
    lost_reason    text   NOT NULL,
    status         text   NOT NULL CHECK (status IN ('open', 'lost', 'converted')),
    grade          text,
    score          numeric(5, 2),
    graded_by      int,
    priority       int,
    visit_days     int
);
CREATE INDEX prospects_by_salesperson ON prospects (salesperson_id, prospect_id);
CREATE INDEX prospects_by_customer ON prospects (customer_id);

CREATE TABLE grading_policies (
    version int         PRIMARY KEY,
    body    jsonb       NOT NULL,
    at      timestamptz NOT NULL,
    by      text,
    reason  text        NOT NULL
);
COMMENT ON TABLE grading_policies IS 'Every version of the grading policy; the highest is in force.';
INSERT INTO grading_policies VALUES (1, '{
  "factors": [
    {"name": "kind", "weight": 15, "kinds": [], "other": 50},
    {"name": "assets", "weight": 15, "bands": [
      {"up_to": "100000", "points": 20}, {"up_to": "500000", "points": 45},
      {"up_to": "2000000", "points": 70}, {"up_to": null, "points": 100}]},
    {"name": "sales", "weight": 25, "bands": [
      {"up_to": "300000", "points": 20}, {"up_to": "1000000", "points": 45},
      {"up_to": "5000000", "points": 75}, {"up_to": null, "points": 100}]},
    {"name": "growth", "weight": 15, "bands": [
      {"up_to": "-10", "points": 0}, {"up_to": "0", "points": 30},
      {"up_to": "15", "points": 60}, {"up_to": null, "points": 100}]},
    {"name": "need", "weight": 30, "bands": [
      {"up_to": "20000", "points": 15}, {"up_to": "100000", "points": 50},
      {"up_to": "500000", "points": 80}, {"up_to": null, "points": 100}]}
  ],
  "grades": [
    {"name": "A", "from_score": "75", "price": "list less 5 %", "priority": 1, "visit_days": 14},
    {"name": "B", "from_score": "55", "price": "list", "priority": 2, "visit_days": 30},
    {"name": "C", "from_score": "35", "price": "list", "priority": 3, "visit_days": 60},
    {"name": "D", "from_score": "0", "price": "list", "priority": 4, "visit_days": null}
  ]
}', now(), NULL, 'as delivered');
"""


def upgrade() -> None:
    """Add the tables, and the audit of what is known from before."""
    run_script(SQL)
