"""Whose values have changed since the last ranking, so that they alone are read for the next."""

from services.kit.migrate import run_script

revision = "0014"
down_revision = "0013"

SQL = """
ALTER TABLE unranked_currencies ADD COLUMN customer_id text;
COMMENT ON COLUMN unranked_currencies.customer_id IS 'whose value has changed; null: anybody''s may have';

-- How often each currency has been ranked, so that a replica sees when another has ranked since.
CREATE TABLE rankings (
    currency text   PRIMARY KEY,
    number   bigint NOT NULL
);
"""


def upgrade() -> None:
    """Add the column and the table; what is noted already stands for everybody."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores what this adds")
