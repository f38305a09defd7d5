"""Follow-ups that plan themselves: what caused them, and the policy that says which causes do."""

from services.kit.migrate import run_script

revision = "0004"
down_revision = "0003"

SQL = """
ALTER TABLE follow_ups ADD COLUMN cause text;
COMMENT ON COLUMN follow_ups.cause IS 'what was found out that planned it; null: a person recorded it';

CREATE TABLE task_policies (
    version int         PRIMARY KEY,
    body    jsonb       NOT NULL,
    at      timestamptz NOT NULL,
    by      text,
    reason  text        NOT NULL
);
COMMENT ON TABLE task_policies IS 'Every version of what plans a follow-up by itself; the highest is in force.';
INSERT INTO task_policies VALUES (1, '{
  "class_fell": true, "dormant": true, "least_at_stake": {}, "how": "call", "remind_days": 1, "news_days": 30
}', now(), NULL, 'as delivered');
"""


def upgrade() -> None:
    """Add the column and the table."""
    run_script(SQL)
