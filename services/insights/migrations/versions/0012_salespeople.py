"""Policies that hold from a day on, and of which salespeople the active rate is to be counted again."""

from services.kit.migrate import run_script

revision = "0012"
down_revision = "0011"

SQL = """
-- Rules and targets as data: of those that began by a day, the highest version holds on it.
CREATE TABLE dated_policies (
    kind     text        NOT NULL,
    version  int         NOT NULL,
    from_day date        NOT NULL,
    body     jsonb       NOT NULL,
    by       text,
    reason   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (kind, version)
);
COMMENT ON COLUMN dated_policies.kind IS 'performance: targets and attribution; tiers: margin tiers of products';

-- Written by derivations, taken by whoever counts: a word is another row, so that writers never wait for each other.
CREATE TABLE stale_salespeople (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    salesperson_id text NOT NULL
);

CREATE INDEX customer_owners_salesperson ON customer_owners (salesperson_id);

INSERT INTO stale_salespeople (salesperson_id) SELECT DISTINCT salesperson_id FROM customer_owners;
"""


def upgrade() -> None:
    """Add the tables, and have every active rate counted."""
    run_script(SQL)


def downgrade() -> None:
    raise NotImplementedError("run the version before on this schema instead; it ignores these tables")
