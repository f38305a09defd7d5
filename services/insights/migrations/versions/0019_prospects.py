"""Prospects, as far as alerts about those whom nobody has visited depend on them."""

from services.kit.migrate import run_script

revision = "0019"
down_revision = "0018"

SQL = """
-- One row per prospect. What was not heard yet is null: a visit or a grade may come before the card.
CREATE TABLE prospects (
    prospect_id     text PRIMARY KEY,
    revision        int,
    changed_at      timestamptz,
    name            text,
    salesperson_id  text,
    next_visit      date,
    entered_on      date,
    graded_revision int,
    policy_version  int,
    graded_at       timestamptz,
    grade           text,
    visit_days      int,
    visited_on      date,
    closed_on       date
) WITH (fillfactor = 80);
COMMENT ON COLUMN prospects.revision IS 'of the card in force: the highest holds, of one revision the latest';
COMMENT ON COLUMN prospects.salesperson_id IS 'empty: nobody looks after it';
COMMENT ON COLUMN prospects.next_visit IS 'agreed on';
COMMENT ON COLUMN prospects.entered_on IS 'day of its first card';
COMMENT ON COLUMN prospects.visit_days IS 'null: no visits wanted, or not graded';
COMMENT ON COLUMN prospects.visited_on IS 'day of the first visit that took place';
COMMENT ON COLUMN prospects.closed_on IS 'day on which it became a customer or was given up; null: open';
"""


def upgrade() -> None:
    """Add the table; the topic is read from its beginning."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores this table")
